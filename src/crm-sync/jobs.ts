import type { Job } from '../jobs/job.ts';
import type { CrmRoom } from './crm-room.ts';
import type { Reconciliation } from './reconcile.ts';

interface Needs {
  readonly crm: CrmRoom;
}

/** By night every CRM is asked for what its webhooks may not have told. */
export const crmReconcileJob: Job<Needs> = {
  name: 'crm-reconcile',
  schedule: { cron: '23 4 * * *' },
  expireSeconds: 3_600,
  run: async ({ crm }, signal) => report(await crm.reconcile({ which: 'all', signal })),
};

/** CRMs that send no webhooks are asked every two minutes. */
export const crmPollJob: Job<Needs> = {
  name: 'crm-poll',
  schedule: { everySeconds: 120 },
  run: async ({ crm }, signal) => report(await crm.reconcile({ which: 'polled', signal })),
};

function report({ connections, saved, failed }: Reconciliation): string {
  const note = `asked ${connections} connections, ${saved} stages were new`;
  if (failed > 0) throw new Error(`${note}; ${failed} could not be asked to the end`);
  return note;
}
