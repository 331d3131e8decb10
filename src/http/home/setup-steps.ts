import type { WorkspaceOverview } from '../../reports/workspace-overview.ts';
import type { SetupStep } from './home-texts.ts';

/** A step of setting a workspace up, with the API call that does it. */
export interface SetupCall {
  readonly id: SetupStep;
  readonly isDone: boolean;
  /** A command line for the terminal. */
  readonly call: string;
}

/** What a workspace needs before its first sale, and which of it is there. */
export function listSetupSteps(overview: WorkspaceOverview, publicUrl: string): readonly SetupCall[] {
  const call = (path: string, body: object) =>
    `curl -X POST ${publicUrl}/api/v1/${path} \\\n  -H "Authorization: Bearer $RASTRO_KEY" -H "Content-Type: application/json" \\\n  -d '${JSON.stringify(body)}'`;
  return [
    {
      id: 'bot',
      isDone: overview.bots.length > 0,
      call: call('bots', { telegram_token: '<token>' }),
    },
    {
      id: 'product',
      isDone: overview.products > 0,
      call: call('products', {
        bot_id: '<bot_id>',
        name: 'Curso',
        amount: '97.00',
        currency: 'BRL',
        delivery_url: 'https://…',
      }),
    },
    {
      id: 'gateway',
      isDone: overview.gateways.length > 0,
      call: call('gateways', { gateway: 'sandbox', credentials: {}, is_default: true }),
    },
    {
      id: 'pool',
      isDone: overview.pools.length > 0,
      call: call('pools', {
        slug: 'oferta',
        name: 'Oferta',
        bots: [{ bot_id: '<bot_id>' }],
        meta_tracking_enabled: true,
        meta_pixel_id: '<pixel_id>',
        meta_access_token: '<token>',
      }),
    },
  ];
}
