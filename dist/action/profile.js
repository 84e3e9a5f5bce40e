process.argv[2] = 'profile'
await import('./index.js')
