import type { AppDeps } from './deps.ts';

/** The zone in which a workspace counts its days; UTC until the registry knows the workspace. */
export const zoneOf = ({ registry }: Pick<AppDeps, 'registry'>, workspaceId: string): string =>
  registry.workspace(workspaceId)?.timezone ?? 'UTC';
