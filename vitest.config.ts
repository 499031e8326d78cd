import { defineConfig } from 'vitest/config';

// Three projects, so that `npm run ok` needs no root: `unit` is pure, `host` needs root on any Linux, and what needs
// cgroup v2 controllers runs in the virtual machine (test/vm).
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src/**/*.test.ts', 'test/architecture.test.ts'], pool: 'threads' } },
      {
        test: {
          name: 'host',
          include: ['test/features/**/*.test.ts', 'test/attacks/**/*.test.ts', 'test/conformance/**/*.test.ts'],
          pool: 'forks',
          setupFiles: ['test/support/own-network.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
