/** This tool's name and version, as records and packages carry them; a test keeps it equal to package.json's. */
export const TOOL = { name: 'navigator-package-action', version: '0.1.0' } as const
