import tseslint from 'typescript-eslint';

// Biome lints; this file adds what only a type checker can see, and the size limits.
const ENVIRONMENT = {
  object: 'process',
  property: 'env',
  message: 'Only src/config.ts reads the environment.',
};
const FETCH = { name: 'fetch', message: 'Requests leave through src/io/outbound.ts.' };

export default [
  { ignores: ['node_modules/', '.runtime/', 'vendor/', 'data/', '**/*.gen.ts'] },
  {
    files: ['{src,sdk,test,bench,scripts}/**/*.ts', '*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: {
        project: ['./tsconfig.json', './tsconfig.sdk.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 60],
      'max-params': ['warn', 4],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config.ts', 'src/**/*.test.ts'],
    rules: { 'no-restricted-properties': ['error', ENVIRONMENT] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/io/outbound*.ts', 'src/simulators/**', 'src/**/*.test.ts'],
    rules: { 'no-restricted-globals': ['error', FETCH] },
  },
  {
    // A describe block is a table of contents, not a function to understand at once.
    files: ['**/*.test.ts', 'test/**/*-suite.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
];
