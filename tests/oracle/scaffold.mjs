// Runs whole templates with Backstage's own code: its workflow runner, its actions and those of Roadie's utilities.
//
// Called as `node scaffold.mjs FOLDER`, where FOLDER holds the packages that package.json beside this file names
// (`npm ci --ignore-scripts`). Reads one JSON object a line from standard input, one after the other:
//
//   template      the folder with template.yaml (or template.yml), or the path of the file itself
//   values        what the form would send: the parameters
//   out           the folder to write into; removed first, so that it holds what was written and nothing else. It is the
//                 workspace itself, whose name is the task's id (`context.task.id`)
//   user          optional: { ref, entity }, what templates see as `user`
//   secrets       optional: { name: text }
//   environment   optional: { parameters: {}, secrets: {} }, the installation's defaults
//   integrations  optional: the part `integrations` of the configuration. Without it only the well-known hosts are known
//   until         optional: the id of a step before which to stop
//   repository    optional: the folder of the repository that holds the template. The template then counts as one that was
//                 registered by its URL (on GitHub), as most are, and not as a local file: what it fetches may lie anywhere
//                 in the repository, and the folder of a single file is made
//   urls          optional: { URL: path of a folder or file }, what the network would give; all else there is refused
//   entities      optional: { reference in full and lower case: entity }, what the catalog would give. Without it
//                 catalog:fetch reaches beyond what can be done offline
//   check         optional: true to validate the values first, as the server does before it makes a task
//   id            optional: comes back in the answer
//
// and answers each with one line:
//
//   id            as it was given
//   output        the rendered `spec.output`, or null when a step failed or the run stopped early
//   steps         { step's id: { output name: value } }, of the steps that ran; with `each` every value is a list
//   ran           the ids of the steps whose action was called, in order
//   skipped       the ids of the steps that `if` or an earlier failure left out
//   stopped       null, or { step, action } where the run ended because nothing beyond can be done offline
//   error         null, or { step, name, message } of the first step that failed; the files written so far stay. Without a
//                 step it is the request itself that was wrong
//   log           [{ step, message }], everything that the task's log would show, secrets redacted as Backstage does it
//
// Steps run in order. One that `if` leaves out is skipped, whatever its action. Offline are fetch:template,
// fetch:template:file, fetch:plain, fetch:plain:file, fs:rename, fs:delete, fs:readdir, catalog:write, debug:log,
// debug:wait, roadiehq:utils:* and, with `entities`, catalog:fetch; any other action ends the run before it, known or not, as does `until`.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';

process.env.LOG_LEVEL ??= 'info';

const folder = path.resolve(process.argv[2]);
const load = createRequire(path.join(folder, 'package.json'));
const backendFolder = path.join(folder, 'node_modules/@backstage/plugin-scaffolder-backend');
const loadForBackend = createRequire(path.join(backendFolder, 'package.json'));
const backend = file => load(path.join(backendFolder, 'dist', `${file}.cjs.js`));
const builtin = file => backend(`scaffolder/actions/builtin/${file}`);

const { ConfigReader } = load('@backstage/config');
const { ScmIntegrations } = load('@backstage/integration');
const roadie = load('@roadiehq/scaffolder-backend-module-utils');
// The very module that the runner uses, so that it can be kept from removing the workspace.
const fs = loadForBackend('fs-extra');
const yaml = loadForBackend('yaml');
const { validate } = loadForBackend('jsonschema');
const { NunjucksWorkflowRunner } = backend('scaffolder/tasks/NunjucksWorkflowRunner');

const quiet = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const metrics = {
  createCounter: () => ({ add() {} }),
  createHistogram: () => ({ record() {} }),
};

const kept = new Set();
const remove = fs.remove;
fs.remove = async target => (kept.has(target) ? undefined : remove(target));

/** Where a repository would be, if it were on a forge. */
const forge = 'https://github.com/acme/templates';
const inForge = new RegExp(`^${forge}/(?:tree|blob)/main/?`);

/** What reads URLs: nothing but what the request brought. */
function reader({ urls = {}, repository }) {
  const find = url => {
    if (urls[url] !== undefined) return urls[url];
    if (repository && inForge.test(url)) {
      return path.join(repository, decodeURIComponent(url.replace(inForge, '')));
    }
    throw new Error(`There is no network to read ${url} from.`);
  };
  return {
    async readTree(url) {
      const source = find(url);
      return { dir: async ({ targetDir }) => fs.copy(source, targetDir) };
    },
    async readUrl(url) {
      const source = find(url);
      return { buffer: async () => fs.readFile(source) };
    },
  };
}

/** The catalog: what the request brought. */
function catalogOf({ entities }) {
  return {
    getEntityByRef: async ref => entities[ref],
    getEntitiesByRefs: async ({ entityRefs }) => ({ items: entityRefs.map(ref => entities[ref]) }),
  };
}

function offlineActions(integrations, request) {
  const options = { reader: reader(request), integrations };
  return [
    builtin('fetch/plain').createFetchPlainAction(options),
    builtin('fetch/plainFile').createFetchPlainFileAction(options),
    builtin('fetch/template').createFetchTemplateAction(options),
    builtin('fetch/templateFile').createFetchTemplateFileAction(options),
    builtin('debug/log').createDebugLogAction(),
    builtin('debug/wait').createWaitAction(),
    builtin('catalog/write').createCatalogWriteAction(),
    builtin('filesystem/delete').createFilesystemDeleteAction(),
    builtin('filesystem/rename').createFilesystemRenameAction(),
    builtin('filesystem/read').createFilesystemReadDirAction(),
    roadie.createAppendFileAction(),
    roadie.createJSONataAction(),
    roadie.createJsonJSONataTransformAction(),
    roadie.createMergeAction(),
    roadie.createMergeJSONAction({}),
    roadie.createParseFileAction(),
    roadie.createReplaceInFileAction(),
    roadie.createSerializeJsonAction(),
    roadie.createSerializeYamlAction(),
    roadie.createSleepAction(),
    roadie.createWriteFileAction(),
    roadie.createYamlJSONataTransformAction(),
    roadie.createZipAction(),
    ...(request.entities ? [builtin('catalog/fetch').createFetchCatalogEntityAction({ catalog: catalogOf(request) })] : []),
  ];
}

async function readTemplate(place) {
  let file = path.resolve(place);
  if ((await fs.stat(file)).isDirectory()) {
    const names = ['template.yaml', 'template.yml'].map(name => path.join(file, name));
    const found = names.find(name => fs.existsSync(name));
    if (!found) throw new Error(`There is no template.yaml in ${file}.`);
    file = found;
  }
  // Merge keys are not applied, as the catalog does not unless its configuration asks for it.
  const documents = yaml.parseAllDocuments(await fs.readFile(file, 'utf-8'));
  const broken = documents.find(document => document.errors.length > 0);
  if (broken) throw broken.errors[0];
  const template = documents.map(document => document.toJSON()).find(it => it?.kind === 'Template');
  if (!template) throw new Error(`There is no Template in ${file}.`);
  return { file, template };
}

/** The task that the server makes of a template and its values. */
function specification(template, file, request) {
  const { namespace = 'default', name } = template.metadata;
  const place = request.repository && path.relative(path.resolve(request.repository), file);
  return {
    apiVersion: template.apiVersion,
    steps: template.spec.steps.map((step, index) => ({
      ...step,
      id: step.id ?? `step-${index + 1}`,
      name: step.name ?? step.action,
    })),
    output: template.spec.output ?? {},
    parameters: request.values ?? {},
    user: request.user ?? {},
    templateInfo: {
      entityRef: `template:${namespace}/${name}`.toLocaleLowerCase('en-US'),
      baseUrl: place ? `${forge}/blob/main/${place}` : `file://${file}`,
      entity: { metadata: template.metadata },
    },
  };
}

async function run(request) {
  const { file, template } = await readTemplate(request.template);
  const out = path.resolve(request.out);
  const answer = {
    id: request.id,
    output: null,
    steps: {},
    ran: [],
    skipped: [],
    stopped: null,
    error: null,
    log: [],
  };

  if (request.check) {
    for (const page of [template.spec.parameters ?? []].flat()) {
      const { errors } = validate(request.values ?? {}, page);
      if (errors.length > 0) {
        answer.error = { name: 'InputError', message: errors.join(', ') };
        return answer;
      }
    }
  }

  const configuration = new ConfigReader({
    ...(request.integrations && { integrations: request.integrations }),
    ...(request.environment && { scaffolder: { defaultEnvironment: request.environment } }),
  });
  const integrations = ScmIntegrations.fromConfig(configuration);
  const actions = new Map(
    offlineActions(integrations, request).map(action => [action.id, action]),
  );
  const spec = specification(template, file, request);
  const secrets = request.secrets ?? {};

  let current;
  const steps = spec.steps;
  const stop = action => {
    answer.stopped = { step: current.id, action };
    // No later step may run, not even one that always does.
    steps.splice(steps.indexOf(current) + 1);
    throw new Error('stopped');
  };
  const registry = {
    async get(id) {
      const action = actions.get(id);
      if (!action || current.id === request.until) stop(id);
      const step = current;
      answer.ran.push(step.id);
      const outputs = (answer.steps[step.id] = {});
      return {
        ...action,
        handler: context =>
          action.handler({
            ...context,
            output(name, value) {
              if (step.each) (outputs[name] ??= []).push(value);
              else outputs[name] = value;
              context.output(name, value);
            },
          }),
      };
    },
  };
  const runner = new NunjucksWorkflowRunner({
    workingDirectory: path.dirname(out),
    actionRegistry: registry,
    integrations,
    logger: quiet,
    config: configuration,
    metrics,
  });

  await remove(out);
  await fs.ensureDir(path.dirname(out));
  kept.add(out);
  try {
    const result = await runner.execute({
      taskId: path.basename(out),
      spec,
      secrets,
      done: false,
      isDryRun: false,
      cancelSignal: new AbortController().signal,
      getInitiatorCredentials: async () => ({}),
      getWorkspaceName: async () => path.basename(out),
      async emitLog(message, metadata) {
        const step = metadata?.stepId;
        if (metadata?.status === 'processing') current = steps.find(it => it.id === step);
        if (metadata?.status === 'skipped') answer.skipped.push(step);
        if (metadata?.status === 'failed' && !answer.stopped) answer.error ??= { step };
        answer.log.push({ step, message });
      },
    });
    answer.output = result.output ?? null;
  } catch (error) {
    if (!answer.stopped) {
      answer.error = { ...answer.error, name: error.name, message: error.message };
    }
  } finally {
    kept.delete(out);
    // Those of a step that failed.
    const leftover = `${path.basename(out)}_step-`;
    for (const name of await fs.readdir(path.dirname(out))) {
      if (name.startsWith(leftover)) await remove(path.join(path.dirname(out), name));
    }
  }
  return answer;
}

for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  let answer;
  let request = {};
  try {
    request = JSON.parse(line);
    answer = await run(request);
  } catch (error) {
    answer = { id: request.id, error: { name: error.name, message: error.message } };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
