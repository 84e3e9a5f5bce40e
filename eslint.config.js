import tseslint from 'typescript-eslint'

const PURE = [
  'tensors',
  'nav-package',
  'onnx',
  'verification',
  'difference',
  'plan',
  'measurement',
  'comparison',
  'selection',
  'report',
]

export default tseslint.config(
  { ignores: ['dist/', 'lib/', 'out/', 'coverage/', '.cache/', 'src/core/onnx/generated/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      'max-lines-per-function': ['warn', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-lines': ['warn', { max: 350, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: PURE.map((folder) => `src/core/${folder}/**`),
    ignores: ['src/core/nav-package/archive-file.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'performance', 'Date', 'setTimeout', 'setInterval'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Random numbers are passed in.' },
      ],
    },
  },
  {
    files: ['test/**', 'bench/**', 'scripts/**'],
    rules: { 'max-lines-per-function': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['**/*.js', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
)
