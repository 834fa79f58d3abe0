// Writes and reads YAML with the package that Backstage does it with: questions on stdin and answers on stdout, each as
// JSON on a line of its own. The folder with Backstage's packages is the first argument.
//
//   value     what is to be written; or
//   stream    YAML whose documents are read and written again, as one text each
//   options   optional: those of `stringify`
//
// The answer holds `written`, a list of texts, or `refused`, the reason.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'));
const YAML = require('yaml');

function answer({ value, stream, options }) {
  try {
    let documents = [value];
    if (stream !== undefined) {
      const read = YAML.parseAllDocuments(stream);
      const broken = [...read].find(document => document.errors.length > 0);
      if (broken) throw broken.errors[0];
      documents = [...read].map(document => document.toJSON());
    }
    // Halves of characters are written as U+FFFD.
    return { written: documents.map(document => YAML.stringify(document, options).toWellFormed()) };
  } catch (error) {
    return { refused: String(error?.message ?? error).toWellFormed() };
  }
}

let input = '';
process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin) input += chunk;
const answers = input.split('\n').filter(Boolean).map(line => JSON.stringify(answer(JSON.parse(line))));
process.stdout.write(`${answers.join('\n')}\n`);
