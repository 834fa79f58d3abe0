// Writes and reads YAML with the package that Backstage does it with: questions on stdin and answers on stdout, each as
// JSON on a line of its own. The folder with Backstage's packages is the first argument.
//
//   value     what is to be written; or
//   stream    YAML whose documents are read and written again, as one text each
//   content   optional: what Roadie's action puts into the one document of the stream before it is written
//   joins     optional: whether it joins lists
//   options   optional: those of `stringify`
//
// The answer holds `written`, a list of texts, or `refused`, the reason.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const require = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'));
const YAML = require('yaml');
const { createMergeAction } = require('@roadiehq/scaffolder-backend-module-utils');

const logger = { info() {}, warn() {}, error() {} };
const workspacePath = fs.mkdtempSync(path.join(os.tmpdir(), 'yaml-'));
const file = path.join(workspacePath, 'file.yaml');

async function merged({ stream, content, joins, options }) {
  fs.writeFileSync(file, stream);
  const input = { path: 'file.yaml', content, mergeArrays: joins, options };
  await createMergeAction().handler({ input, workspacePath, logger, output() {} });
  return fs.readFileSync(file, 'utf8');
}

function read(stream) {
  const documents = [...YAML.parseAllDocuments(stream)];
  const broken = documents.find(document => document.errors.length > 0);
  if (broken) throw broken.errors[0];
  return documents.map(document => document.toJSON());
}

async function answer(question) {
  const { value, stream, content, options } = question;
  try {
    if (content !== undefined) return { written: [await merged(question)] };
    const documents = stream === undefined ? [value] : read(stream);
    // Halves of characters are written as U+FFFD.
    return { written: documents.map(document => YAML.stringify(document, options).toWellFormed()) };
  } catch (error) {
    return { refused: String(error?.message ?? error).toWellFormed() };
  }
}

let input = '';
process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin) input += chunk;
for (const line of input.split('\n').filter(Boolean)) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
fs.rmSync(workspacePath, { recursive: true });
