// Who may know whom. `npm run check` applies these rules to the tree and to test/architecture/canaries, one file per rule
// that must be rejected: a rule that can't fail guards nothing.
const SLICED = '^apps/(catalog|membership|task-worker|audit)/src/';
// What slices of one app share: the aggregate's folder, the tables that every list and page reads, the timer of chores.
const SHARED = '(?:image|membership|task|queue|conversion|ledger|history|read-model|housekeeping|testing|migrations)/';
const TEST_ONLY = '\\.spec\\.ts$|/testing/';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'libs-know-no-app',
      comment: 'A library serves every app, so it can depend on none; what it needs from one belongs into the library.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'app-knows-no-app',
      comment: 'Services talk over HTTP and events. An import between them would make one deployable out of two.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/(?!$1/)' },
    },
    {
      name: 'slice-knows-no-slice',
      comment:
        'A capability can be read, changed and removed alone. What two of them need is the aggregate, or a library.',
      severity: 'error',
      from: { path: `${SLICED}(?!${SHARED})([^/]+)/`, pathNot: TEST_ONLY },
      to: { path: `^apps/$1/src/(?!$2/|${SHARED})[^/]+/` },
    },
    {
      name: 'aggregate-knows-no-slice',
      comment: 'The aggregate is what all slices stand on; if it knew one of them, each would know all.',
      severity: 'error',
      from: {
        path: '^apps/(catalog|membership|task-worker|audit)/src/(image|membership|task|ledger|history)/',
        pathNot: TEST_ONLY,
      },
      to: { path: `^apps/$1/src/(?!$2/|${SHARED})[^/]+/` },
    },
    {
      name: 'leaves-know-no-lib',
      comment:
        'Contracts, blobs and disk formats are what others build on: they depend on no other room of this house.',
      severity: 'error',
      from: { path: '^libs/(contracts|blobs|disk-formats|ledger)/' },
      to: { path: '^libs/(?!$1/)' },
    },
    {
      name: 'rules-are-pure',
      comment:
        'A rule decides from a command and a state. Time, ids and everything with a socket come in as arguments, so that a ' +
        'test of it is a table. It may import contracts, its aggregate and its own folder, and types of anything.',
      severity: 'error',
      from: {
        path: [
          `${SLICED}(?!housekeeping/)([^/]+)/\\2\\.ts$`,
          '^apps/(?:catalog|membership|task-worker)/src/(?:image|membership|task)/[^/]+\\.ts$',
          '^libs/image-model/src/(?!shown-images-config)[^/]+\\.ts$',
        ],
      },
      to: {
        path: [
          '^libs/(?!contracts/|image-model/)',
          '(?:^|/)node_modules/(?!typebox/|ajv)',
          '^(?:node:)?(?:fs|net|http|https|dns|child_process|timers)',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'projections-get-their-executor',
      comment: 'The same projection runs inline in a command, in the inbox and in a rebuild: it takes a SQL executor.',
      severity: 'error',
      from: { path: '\\.projection\\.ts$' },
      to: { path: '(?:^|/)node_modules/(@types/)?(pg|typeorm|undici|@nestjs)(/|$)' },
    },
    {
      name: 'pg-in-adapters',
      comment:
        'The driver of the database appears where the log, the bus and the migrations are bound to it, nowhere else.',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: [
          TEST_ONLY,
          '^libs/event-store/src/',
          '^libs/messaging/src/(embedded/|migrate)',
          '^libs/service-kit/src/database/',
          '^apps/[^/]+/src/housekeeping/housekeeping\\.ts$',
        ],
      },
      to: { path: '(?:^|/)node_modules/(@types/)?pg(/|$)' },
    },
    {
      name: 'kafkajs-in-adapter',
      comment: 'Everyone else speaks to the bus through its port, or could not do without Kafka.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [TEST_ONLY, '^libs/messaging/src/kafka/'] },
      to: { path: '(?:^|/)node_modules/kafkajs(/|$)' },
    },
    {
      name: 'typeorm-in-migrations',
      comment: 'TypeORM brings the schema up to date; hot reads and the log are prepared SQL.',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: [TEST_ONLY, '^libs/service-kit/src/database/', '/migrations?(/|\\.ts$)', '/migrate\\.ts$'],
      },
      to: { path: '(?:^|/)node_modules/typeorm(/|$)' },
    },
    {
      name: 'undici-in-adapters',
      comment:
        'HTTP clients live in the gateway (to the services), in the service client, in the adapters of S3 and Swift and in ' +
        'the one that fetches what callers name, behind its guard.',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: [
          TEST_ONLY,
          '^apps/gateway/src/',
          '^libs/service-kit/src/client/',
          '^libs/blobs/src/s3/',
          '^apps/task-worker/src/swift/swift-client\\.ts$',
          '^libs/safe-fetch/src/safe-fetcher\\.ts$',
        ],
      },
      to: { path: '(?:^|/)node_modules/undici(/|$)' },
    },
    {
      name: 'opentelemetry-in-its-adapter',
      comment:
        'Spans are begun through our own small interface, so that a process in which nothing is traced has no SDK.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [TEST_ONLY, '^libs/service-kit/src/tracing/open-telemetry\\.ts$'] },
      to: { path: '(?:^|/)node_modules/@opentelemetry/' },
    },
    {
      name: 'tracing-loads-when-wanted',
      comment: 'A plain import of the adapter would load the SDK into every process, traced or not.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TEST_ONLY },
      to: {
        path: '^libs/service-kit/src/tracing/open-telemetry\\.ts$',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'minio-in-its-adapter',
      comment: 'What an object store is called behind the port is known to its adapter alone.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [TEST_ONLY, '^libs/blobs/src/s3/'] },
      to: { path: '(?:^|/)node_modules/minio(/|$)' },
    },
    {
      name: 'nest-at-the-edge',
      comment: 'Nest appears where requests and events come in and where the parts are put together.',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: [
          TEST_ONLY,
          '\\.(http|consumer|module|filter)\\.ts$',
          '^apps/[^/]+/src/[^/]+\\.ts$',
          '^libs/service-kit/',
          '^libs/messaging/src/nest/',
        ],
      },
      to: { path: '(?:^|/)node_modules/@nestjs/' },
    },
    {
      name: 'acceptance-sees-no-source',
      comment: 'Acceptance tests must be able to judge another implementation: they know the HTTP interface only.',
      severity: 'error',
      from: { path: '^test/acceptance/' },
      to: { path: '^(apps|libs)/' },
    },
    {
      name: 'production-knows-no-test',
      comment: 'What is only there for tests must not be needed to run.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TEST_ONLY },
      to: { path: `${TEST_ONLY}|^test/|^tools/` },
    },
    {
      name: 'dependencies-are-declared',
      comment: 'A package that is only there because something else brought it disappears with it.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TEST_ONLY },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], pathNot: '(?:^|/)node_modules/@types/' },
    },
    {
      name: 'nothing-unresolved',
      comment: 'An import that points nowhere fails at run time, perhaps on a path that no test takes.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      comment: 'In a cycle no part can be understood, tested or loaded first.',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // What we build; most packages have their own code in a folder of that name.
    exclude: { path: '^(apps|libs)/[^/]+/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['source', 'import', 'node', 'default'] },
  },
};
