// Turns Slack's own type declarations into JSON Schemas. Takes the folder where the packages are installed and writes
// `schemas.json` there: blocks, view, event, manifest, and by method the answers and the arguments, by kind the payloads.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const folder = resolve(process.argv[2]);
const require = createRequire(join(folder, "package.json"));
const { createGenerator } = await import(pathToFileURL(require.resolve("ts-json-schema-generator")));

// The methods that the stand-in has.
const methods = readFileSync(new URL("../harness/slack/methods.rs", import.meta.url), "utf8");
const names = [...methods.matchAll(/(?:method\(\s*|name: )"([^"]+)"/g)].map((found) => found[1]);
const typeOf = (method) => method.split(".").map((part) => part[0].toUpperCase() + part.slice(1)).join("");
// What takes nothing but a token has no type of its own, and one is written in another way.
const without = ["apps.connections.open", "auth.test"];
const written = { "oauth.v2.access": "OAuthV2AccessArguments" };

writeFileSync(
  join(folder, "types.ts"),
  `import { KnownBlock, HomeView, ModalView, SlackEvent } from "@slack/types";
import { BlockAction } from "@slack/bolt";
export type Pressed = BlockAction;
export type Blocks = KnownBlock[];
export type View = HomeView | ModalView;
export type Event = SlackEvent;
export * from "@slack/web-api";
export { SlashCommand, GlobalShortcut, MessageShortcut, BlockSuggestion, ViewSubmitAction, ViewClosedAction } from "@slack/bolt";
`,
);
writeFileSync(
  join(folder, "tsconfig.json"),
  JSON.stringify({
    compilerOptions: { module: "nodenext", moduleResolution: "nodenext", target: "es2022", skipLibCheck: true, strict: true },
    files: ["types.ts"],
  }),
);
const generator = createGenerator({
  path: join(folder, "types.ts"),
  tsconfig: join(folder, "tsconfig.json"),
  skipTypeCheck: true,
});
// One program for all: reading the declarations is what takes long.
const schema = (type) => generator.createSchema(type);
const schemas = { blocks: schema("Blocks"), view: schema("View"), event: schema("Event"), manifest: schema("AppsManifestCreateArguments"), answers: {}, arguments: {}, payloads: {} };
for (const method of names) {
  schemas.answers[method] = schema(`${typeOf(method)}Response`);
  if (!without.includes(method)) schemas.arguments[method] = schema(written[method] ?? `${typeOf(method)}Arguments`);
}
// The framework declares what it reads of a payload, which is not all that is there.
const open = (schema) => {
  if (schema && typeof schema === "object") {
    if (schema.additionalProperties === false) delete schema.additionalProperties;
    Object.values(schema).forEach(open);
  }
  return schema;
};
const payloads = {
  command: "SlashCommand",
  block_actions: "Pressed",
  shortcut: "GlobalShortcut",
  message_action: "MessageShortcut",
  block_suggestion: "BlockSuggestion",
  view_submission: "ViewSubmitAction",
  view_closed: "ViewClosedAction",
};
for (const [kind, type] of Object.entries(payloads)) schemas.payloads[kind] = open(structuredClone(schema(type)));
writeFileSync(join(folder, "schemas.json"), JSON.stringify(schemas));
