import type { AppDeps } from './deps.ts';

/** Takes a change of the settings into this process's copy; if that fails, it follows within half a second. */
export async function followChange(deps: Pick<AppDeps, 'registry' | 'logger'>): Promise<void> {
  await deps.registry
    .refresh()
    .catch((error: unknown) => deps.logger.warn({ err: error }, 'a change is saved but not yet in use'));
}
