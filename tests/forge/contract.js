// Holds what Callboard asks of GitHub against GitHub's own descriptions of its API. Reads {"queries": [...], "requests": [...],
// "written": [[request, body, answer], ...]} and prints what is wrong, one thing a line. The answers are those of our own
// stand-in: they hold no more than GitHub's do.
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

// Whether a value is what the schema says; of answers, parts may be left out.
const holds = (schema, value, place, whole) => {
  schema = found(schema);
  if (value === null) {
    const allowed = schema.nullable || [].concat(schema.type).includes("null") || (schema.anyOf ?? schema.oneOf ?? []).some((one) => found(one).nullable);
    return allowed ? [] : [`${place} may not be null`];
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    const told = choices.map((choice) => holds(choice, value, place, whole));
    return told.some((wrong) => !wrong.length) ? [] : told[0];
  }
  if (schema.allOf) return schema.allOf.flatMap((part) => holds(part, value, place, whole));
  if (schema.enum && !schema.enum.includes(value)) return [`${place} may not be ${JSON.stringify(value)}`];
  const type = Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
  const types = [].concat(schema.type ?? type);
  if (!types.includes(type) && !(type === "integer" && types.includes("number"))) return [`${place} is ${type}, not ${types}`];
  if (type === "array") return value.flatMap((one, at) => holds(schema.items ?? {}, one, `${place}[${at}]`, whole));
  if (type !== "object" || !schema.properties) return [];
  const missing = whole ? (schema.required ?? []).filter((name) => !(name in value)) : [];
  return [
    ...missing.map((name) => `${place} lacks ${name}`),
    ...Object.entries(value).flatMap(([name, inside]) => {
      const property = schema.properties[name];
      return property ? holds(property, inside, `${place}.${name}`, whole) : [`${place} has no ${name}`];
    }),
  ];
};
const written = asked.written ?? [];
for (const [request, body, answer] of [...asked.requests.map((request) => [request]), ...written]) {
  const [method, target, status] = request.split(" ");
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
  const place = `${method} ${templates[0]}`;
  const taken = operation.requestBody && found(operation.requestBody).content?.["application/json"]?.schema;
  if (taken && body !== undefined) wrong.push(...holds(taken, body ?? {}, place, true));
  if (!taken && body) wrong.push(`${place} takes no body`);
  const given = operation.responses[status] && found(operation.responses[status]);
  if (!given) wrong.push(`${place} never answers ${status}`);
  const schema = given?.content?.["application/json"]?.schema;
  if (schema && answer !== undefined && answer !== null) wrong.push(...holds(schema, answer, `${status} of ${place}`, false));
}
console.log(wrong.join("\n"));
