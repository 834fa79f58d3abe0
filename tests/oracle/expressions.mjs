// Renders templates with Backstage's own engine: cases on stdin and results on stdout, each as JSON on a line of its own.
// The folder with Backstage's packages is the first argument.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'));
const backend = path.join(path.resolve(process.argv[2]), 'node_modules/@backstage/plugin-scaffolder-backend/dist');
const { createTemplateRenderer } = require('nunjitsu');
const { ScmIntegrations } = require('@backstage/integration');
const { ConfigReader } = require('@backstage/config');
const { createDefaultFilters } = require(path.join(backend, 'lib/templating/filters/createDefaultFilters.cjs.js'));
const { collectTemplateCapabilities, convertFiltersToRecord } = require(path.join(backend, 'util/templating.cjs.js'));
const { NunjucksWorkflowRunner } = require(path.join(backend, 'scaffolder/tasks/NunjucksWorkflowRunner.cjs.js'));

const integrations = ScmIntegrations.fromConfig(
  new ConfigReader({
    integrations: {
      gitea: [{ host: 'gitea.example.com' }],
      gerrit: [{ host: 'gerrit.example.com', gitilesBaseUrl: 'https://gerrit.example.com/gitiles' }],
      bitbucketServer: [{ host: 'bitbucket.example.com', apiBaseUrl: 'https://bitbucket.example.com/rest' }],
      github: [{ host: 'ghe.example.com:8443', apiBaseUrl: 'https://ghe.example.com:8443/api' }],
    },
  }),
);
const capabilities = collectTemplateCapabilities({
  filters: convertFiltersToRecord(createDefaultFilters({ integrations })),
});

const renderers = new Map();
function rendererFor({ cookiecutter = false, trim = false, lstrip = false }) {
  const key = `${cookiecutter} ${trim} ${lstrip}`;
  if (!renderers.has(key)) {
    renderers.set(
      key,
      createTemplateRenderer({
        ...capabilities,
        allowRegexExecution: true,
        cookiecutterCompat: cookiecutter,
        trimBlocks: trim,
        lstripBlocks: lstrip,
      }),
    );
  }
  return renderers.get(key);
}

// Halves of characters are written as U+FFFD.
function written(value) {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return Array.from(value, written);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.toWellFormed(), written(item)]));
  }
  return value;
}

function run({ template, context, options = {}, mode = 'render' }) {
  const renderer = rendererFor(options);
  try {
    if (mode === 'render') return { output: written(renderer.render(template, context)) };
    if (mode === 'evaluate') {
      const value = renderer.renderValue(template, context, { coercion: 'json' });
      return { output: written(value) };
    }
    const runner = NunjucksWorkflowRunner.prototype;
    return { output: written(runner.render(template, renderer.prepareContext(context), renderer)) };
  } catch (error) {
    return { refused: String(error?.message ?? error).toWellFormed() };
  }
}

let input = '';
process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin) input += chunk;
const results = input.split('\n').filter(Boolean).map(line => JSON.stringify(run(JSON.parse(line))));
process.stdout.write(`${results.join('\n')}\n`);
