// The one-way rules between the rooms. A rule's comment is what the person who breaks it reads.
const PURE_ROOMS = '^src/(platforms|gateways|crms)/';
const TEST_FILE = '\\.test\\.ts$';

/** A room that may import only what is listed. */
const only = (name, comment, from, to) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: TEST_FILE },
  to: { pathNot: to },
});

/** A room that must not import another. */
const never = (name, comment, from, to) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: to },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'An import cycle has no order in which it can be understood.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'The import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'listed-in-package-json',
      comment: 'A package that package.json does not list may be gone tomorrow.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-package-at-run-time',
      comment: 'The program must run without the development packages.',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST_FILE },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-room-for-odds-and-ends',
      comment: 'A file called utils, helpers, common, shared, manager or service has not found its noun.',
      severity: 'error',
      from: {
        path: '(^|[/.-])(utils?|helpers?|common|shared|managers?|services?|lib)([/.-]|$)',
        pathNot: '^node_modules',
      },
      to: {},
    },
    only('domain-is-pure', 'domain imports nobody: only its own files and Node itself.', '^src/domain/', [
      '^src/domain/',
      '^(node:)?(crypto|net|buffer)$',
    ]),
    only(
      'adapters-are-pure',
      'platforms, gateways and crms import only domain, zod, node:crypto and their own room.',
      PURE_ROOMS,
      ['^src/(domain|platforms|gateways|crms)/', '^node_modules/zod/', '^(node:)?crypto$'],
    ),
    {
      name: 'adapters-apart',
      comment: 'platforms, gateways and crms do not know each other.',
      severity: 'error',
      from: { path: '^src/(platforms|gateways|crms)/', pathNot: TEST_FILE },
      to: { path: '^src/(platforms|gateways|crms)/', pathNot: '^src/$1/' },
    },
    never(
      'capture-records-only',
      'capture records a fact; folding and sending come later.',
      '^src/capture/',
      '^src/(projections|send|conversions)/',
    ),
    never(
      'projections-never-send',
      'projections fold facts into tables; sending reads the tables.',
      '^src/projections/',
      '^src/send/',
    ),
    never(
      'log-knows-no-room',
      'the log stores lines and knows no room.',
      '^src/log/',
      '^src/(?!log/|domain/|io/)',
    ),
    never(
      'io-knows-no-room',
      'io is the machine: it knows no room of the business.',
      '^src/io/',
      '^src/(?!io/|domain/|config\\.ts)',
    ),
    never(
      'reports-only-read',
      'reports select; they never capture, send or converse.',
      '^src/reports/',
      '^src/(capture|send|bot|http|cli)/',
    ),
    never(
      'http-on-top',
      'only the composition root and the command line may import the HTTP room.',
      '^src/(?!http/|cli/)[a-z-]+/',
      '^src/http/(?!pages/)',
    ),
    never(
      'main-is-the-root',
      'main.ts composes the program; nothing imports it.',
      '^(src|test|bench|scripts)/',
      '^src/main\\.ts$',
    ),
    {
      name: 'only-outbound-calls-out',
      comment:
        'Every request that leaves goes through io/outbound: time-outs, size limits and the SSRF guard live there. A simulator is the other side: it calls as the vendor does.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/io/outbound', '^src/simulators/', TEST_FILE] },
      to: { path: '^node_modules/(undici|axios|got|node-fetch)/' },
    },
    {
      name: 'loaded-where-needed',
      comment:
        'What only some servers use is loaded by `await import()` where that is known: otherwise every process of every server pays for it in memory.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/log/nats/', '^src/stores/[a-z]+-store\\.ts$', '^src/io/embedded/', TEST_FILE],
      },
      to: {
        path: [
          '^node_modules/(@nats-io|@electric-sql|ioredis|memcache|nodemailer|qrcode)/',
          '^src/log/nats/(capture-stream|stream-log|stream-writer)\\.ts$',
          '^src/stores/(redis|memcached)-store\\.ts$',
          '^src/io/embedded/open-embedded\\.ts$',
        ],
        dependencyTypesNot: ['type-only'],
        dynamic: false,
      },
    },
    {
      name: 'program-without-tests',
      comment: 'The program must run without test/, scripts/ and bench/.',
      severity: 'error',
      from: { path: '^src/', pathNot: TEST_FILE },
      to: { path: '^(test|scripts|bench)/' },
    },
    never(
      'browser-code-apart',
      'web and sdk take their types from the OpenAPI document, nothing from src.',
      '^(web|sdk)/',
      '^src/',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(vendor|docs|migrations)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
