import { defineCommand } from '../src/cli/command.js';

export default defineCommand({
  arguments: [
    { name: 'shell', description: 'bash, zsh or fish', required: true, completes: ['bash', 'zsh', 'fish'] },
  ],
  examples: [
    { command: 'healthmon completion bash >> ~/.bashrc', does: 'Turns completion on in bash.' },
    { command: 'healthmon completion fish | source', does: 'Turns completion on in fish.' },
  ],
  target: 'offline',
  result: {
    shell: 'the shell it is for',
    script: 'the completion script',
  },
  async run(input) {
    const { completionScript } = await import('../src/cli/completion/scripts.js');
    const { COMMANDS } = await import('./index.js');
    return { shell: input.shell, script: await completionScript(input.shell, COMMANDS) };
  },
  render({ script }, output) {
    output.data(script.trimEnd());
  },
});
