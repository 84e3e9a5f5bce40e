process.argv[2] = 'report'
await import('./index.js')
