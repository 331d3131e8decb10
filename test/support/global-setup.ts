import type { TestProject } from 'vitest/node';
import { prepareTemplate, type Template } from './template.ts';
import { startTestServers, type TestServers } from './test-servers.ts';

let servers: TestServers | undefined;
let template: Template | undefined;

/** Runs once before the first file of a suite that needs a database: servers that nobody provides, and one migrated template. */
export async function setup(project: TestProject): Promise<void> {
  servers = await startTestServers();
  template = await prepareTemplate(project.config.env.TEST_BACKEND === 'postgres' ? 'postgres' : 'embedded');
}

/** Runs once after the last file of the whole run. */
export async function teardown(): Promise<void> {
  await template?.remove();
  await servers?.stop();
}
