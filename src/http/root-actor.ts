import { findRootWorkspace } from '../settings/workspaces.ts';
import { type Actor, mayDo } from './auth.ts';
import type { AppDeps } from './deps.ts';

/** Whether the actor is an admin of the first workspace, who may make workspaces and keys for them. */
export async function isRootActor(deps: AppDeps, actor: Actor): Promise<boolean> {
  if (!mayDo(actor, 'admin')) return false;
  return (await findRootWorkspace(deps.db))?.workspace_id === actor.workspaceId;
}
