import type { App, AppDeps } from '../deps.ts';
import { registerTryChat } from '../try/chat-routes.ts';
import { registerTryPages } from '../try/page-routes.ts';
import { registerTrySimulators } from '../try/simulator-routes.ts';

/** Everything under `/try`: the walk through the demonstration and the simulators that it talks to; nothing in production. */
export function registerTryRoutes(app: App, deps: Pick<AppDeps, 'db' | 'tryRoom'>): void {
  if (deps.tryRoom === null) return;
  const tryDeps = { db: deps.db, room: deps.tryRoom };
  registerTrySimulators(app, tryDeps);
  registerTryPages(app, tryDeps);
  registerTryChat(app, tryDeps);
}
