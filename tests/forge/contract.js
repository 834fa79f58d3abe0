// Holds what Callboard asks of GitHub against GitHub's own descriptions of its API. Reads {"queries": [...], "requests": [...]}
// and prints what is wrong, one thing a line.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { parse, validate, buildSchema } = require("graphql");

const packages = process.env.NODE_PATH;
const asked = JSON.parse(readFileSync(0, "utf8"));
const wrong = [];

// GitHub's description defines a field twice, which is not ours to mend.
const description = readFileSync(join(packages, "@octokit/graphql-schema/schema.graphql"), "utf8");
const schema = buildSchema(description, { assumeValidSDL: true });
for (const query of asked.queries) {
  for (const error of validate(schema, parse(query))) wrong.push(`GraphQL: ${error.message}`);
}

const api = require(join(packages, "@octokit/openapi/generated/api.github.com.json"));
const found = (thing) => {
  if (!thing.$ref) return thing;
  return thing.$ref.split("/").slice(1).reduce((inside, key) => inside[key], api);
};
const matches = (template, path) => {
  const [parts, given] = [template.split("/"), path.split("/")];
  return parts.length === given.length && parts.every((part, at) => part.startsWith("{") || part === given[at]);
};
for (const request of asked.requests) {
  const [method, target] = request.split(" ");
  const url = new URL(target.replace("/api/v3", ""), "https://api.github.com");
  const templates = Object.keys(api.paths).filter((template) => matches(template, url.pathname));
  // A path without parameters comes before one with them.
  templates.sort((a, b) => a.split("{").length - b.split("{").length);
  const operation = templates.length && api.paths[templates[0]][method.toLowerCase()];
  if (!operation) {
    wrong.push(`there is no ${method} ${url.pathname}`);
    continue;
  }
  const parameters = (operation.parameters ?? []).map(found).filter((parameter) => parameter.in === "query");
  for (const [name, value] of url.searchParams) {
    const parameter = parameters.find((parameter) => parameter.name === name);
    const allowed = parameter?.schema.enum;
    if (!parameter) wrong.push(`${templates[0]} takes no ${name}`);
    else if (allowed && !allowed.includes(value)) wrong.push(`${templates[0]} takes no ${name}=${value}`);
  }
}
console.log(wrong.join("\n"));
