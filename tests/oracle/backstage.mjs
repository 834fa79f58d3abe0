// Judges descriptor streams with Backstage's own code: the YAML reader, the envelope's validator, the processors and the
// policies of an installation without extensions, in the order of its processing engine.
//
// Called as `node backstage.mjs FOLDER`, where FOLDER holds the installed packages. Reads one JSON object a line:
// `{"stream": TEXT}` or `{"reference": TEXT, "kind": DEFAULT or null, "namespace": DEFAULT}`, and answers each with one line.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';

const folder = path.resolve(process.argv[2]);
const load = createRequire(path.join(folder, 'package.json'));
const backend = file =>
  load(path.join(folder, 'node_modules/@backstage/plugin-catalog-backend/dist', file));

const model = load('@backstage/catalog-model');
const { ConfigReader } = load('@backstage/config');
const { ScmIntegrations } = load('@backstage/integration');
const { parseEntityYaml, processingResult } = load('@backstage/plugin-catalog-node');
const { ScaffolderEntitiesProcessor } = load(
  '@backstage/plugin-catalog-backend-module-scaffolder-entity-model',
);
const { BuiltinKindsEntityProcessor } = backend('processors/BuiltinKindsEntityProcessor.cjs.js');
const placeholders = backend('processors/PlaceholderProcessor.cjs.js');
const { AnnotateLocationEntityProcessor } = backend(
  'processors/AnnotateLocationEntityProcessor.cjs.js',
);
const { ProcessorOutputCollector } = backend('processing/ProcessorOutputCollector.cjs.js');
const { DefaultCatalogProcessingOrchestrator } = backend(
  'processing/DefaultCatalogProcessingOrchestrator.cjs.js',
);

const quiet = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const integrations = ScmIntegrations.fromConfig(new ConfigReader({}));
const location = {
  type: 'url',
  target: 'https://github.com/acme/catalog/blob/main/catalog-info.yaml',
};

/** What the files hold that placeholders name: a stream is good when it is good with one of these. */
const contents = [
  'replaced',
  'component:default/replaced',
  'optional',
  ['component:default/replaced'],
  [{}],
  {},
  { type: 'replaced', lifecycle: 'replaced', owner: 'replaced', definition: 'replaced' },
];
let content = contents[0];

/** Reads what the processor itself would read, so that it objects where it does, and gives the content at hand. */
function resolver(resolve, written) {
  return params =>
    resolve({
      ...params,
      read: async url => {
        await params.read(url);
        return Buffer.from(written());
      },
    });
}

/** Whatever a Location points to can be read, and holds nothing. */
const readsEverything = {
  getProcessorName: () => 'ReadsEverything',
  readLocation: async () => true,
};

const orchestrator = new DefaultCatalogProcessingOrchestrator({
  processors: [
    new placeholders.PlaceholderProcessor({
      resolvers: {
        json: resolver(placeholders.jsonPlaceholderResolver, () => JSON.stringify(content)),
        yaml: resolver(placeholders.yamlPlaceholderResolver, () => JSON.stringify(content)),
        text: resolver(placeholders.textPlaceholderResolver, () => String(content)),
      },
      reader: { readUrl: async () => ({ buffer: async () => Buffer.from('') }) },
      integrations,
    }),
    new BuiltinKindsEntityProcessor(),
    new ScaffolderEntitiesProcessor(),
    new AnnotateLocationEntityProcessor({ integrations }),
    readsEverything,
  ],
  integrations,
  logger: quiet,
  parser: parseEntityYaml,
  policy: model.EntityPolicies.allOf([
    new model.SchemaValidEntityPolicy(),
    new model.DefaultNamespaceEntityPolicy(),
    new model.NoForeignRootFieldsEntityPolicy(),
    new model.FieldFormatEntityPolicy(model.makeValidator()),
  ]),
  rulesEnforcer: { isAllowed: () => true },
});

/** The Location whose file is read. */
const parent = {
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Location',
  metadata: {
    name: 'the-file-that-is-read',
    namespace: 'the-test',
    annotations: {
      [model.ANNOTATION_LOCATION]: model.stringifyLocationRef(location),
      [model.ANNOTATION_ORIGIN_LOCATION]: model.stringifyLocationRef(location),
    },
  },
  spec: {},
};

/** What becomes of the entities of a stream, in the order of its documents. */
async function stream(text) {
  const documents = [];
  const results = parseEntityYaml(Buffer.from(text), location);
  for (;;) {
    let result;
    try {
      const next = results.next();
      if (next.done) break;
      result = next.value;
    } catch (error) {
      // The reader gives up, and what stands behind this document is never seen.
      documents.push({ refused: String(error) });
      break;
    }
    const collector = new ProcessorOutputCollector(quiet, parent);
    try {
      collector.generic()(result);
    } catch (error) {
      documents.push({ refused: String(error) });
      continue;
    }
    const { errors, deferredEntities } = collector.results();
    if (errors.length || !deferredEntities.length) {
      documents.push({ refused: String(errors[0]) });
      continue;
    }
    let answer;
    for (content of text.includes('$') ? contents : contents.slice(0, 1)) {
      answer = await entity(structuredClone(deferredEntities[0].entity));
      if (!answer.refused) break;
    }
    documents.push(answer);
  }
  return { documents };
}

async function entity(entity) {
  const processed = await orchestrator.process({ entity, state: {} });
  if (!processed.ok) {
    const [error] = processed.errors;
    return { refused: error.cause ? `${error} ${error.cause}` : String(error) };
  }
  const relations = processed.relations.map(
    ({ source, type, target }) =>
      `${model.stringifyEntityRef(source)} ${type} ${model.stringifyEntityRef(target)}`,
  );
  return {
    reference: model.stringifyEntityRef(processed.completedEntity),
    // Nobody can know the targets that stand in other files.
    relations: [...new Set(relations)].filter(line => !line.includes('/replaced')).sort(),
  };
}

function reference({ reference, kind, namespace }) {
  try {
    const parsed = model.parseEntityRef(reference, {
      defaultKind: kind ?? undefined,
      defaultNamespace: namespace,
    });
    return { reference: model.stringifyEntityRef(parsed) };
  } catch (error) {
    return { refused: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const answer =
    'stream' in question ? await stream(question.stream) : reference(question);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
