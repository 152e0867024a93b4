#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
const { argv, stdout, stderr, env } = process;
if (major < 20 || (major === 20 && minor < 19)) {
  stderr.write(`error healthmon needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else if (argv[2] === '__complete') {
  // The Tab key: nothing of the command line itself is loaded.
  const { completionValues } = await import('../dist/src/cli/completion/values.js');
  const values = await completionValues(argv[3] ?? '', argv[4] ?? '', { env, cwd: process.cwd() });
  stdout.write(values.map((value) => `${value}\n`).join(''), () => process.exit());
} else {
  const [{ main }, { INDEX }] = await Promise.all([
    import('../dist/src/cli/main.js'),
    import('../dist/commands/index.js'),
  ]);
  const around = { stdout, stderr, env, cwd: process.cwd(), script: argv[1], signals: process };
  process.exitCode = await main(argv.slice(2), INDEX, around);
  // A client library may keep a socket open after it was closed; the answer is out, so do not wait for it.
  setTimeout(() => process.exit(), 500).unref();
}
