import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/global-stack.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Tests that kill and freeze processes depend on when the kernel of a busy machine gets to it.
    retry: process.env.CI ? 1 : 0,
  },
});
