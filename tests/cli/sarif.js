// Holds a log on standard input against the schema of SARIF 2.1.0 and prints what is wrong, one thing a line.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const Ajv = require("ajv-draft-04");

const packages = process.env.NODE_PATH;
const schema = JSON.parse(readFileSync(join(packages, "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8"));
const ajv = new Ajv({ allErrors: true, strict: false, unicodeRegExp: false, formats: { uri: true, "uri-reference": true, "date-time": true } });
const valid = ajv.validate(schema, JSON.parse(readFileSync(0, "utf8")));
console.log(valid ? "" : ajv.errors.map((error) => `${error.instancePath}: ${error.message}`).join("\n"));
