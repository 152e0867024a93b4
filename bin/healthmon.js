#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error healthmon needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  const { main } = await import('../dist/src/cli/main.js');
  const { stdout, stderr, env } = process;
  process.exitCode = await main(process.argv.slice(2), {
    stdout,
    stderr,
    env,
    cwd: process.cwd(),
    signals: process,
  });
  // A client library may keep a socket open after it was closed; the answer is out, so do not wait for it.
  setTimeout(() => process.exit(), 500).unref();
}
