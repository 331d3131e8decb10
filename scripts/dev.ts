// `npm run dev`: the server with watch, and a simulator of every outside vendor on loopback, each saying what it
// receives. Nothing leaves this machine.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { HttpRequest } from '../src/domain/http-message.ts';
import { buildGa4Simulator } from '../src/simulators/ga4.ts';
import { buildGoogleSimulator } from '../src/simulators/google.ts';
import { startHubspot } from '../src/simulators/hubspot.ts';
import { buildLinkedinSimulator } from '../src/simulators/linkedin.ts';
import { MetaSimulator } from '../src/simulators/meta.ts';
import { startPipedrive } from '../src/simulators/pipedrive.ts';
import { startPushinPay } from '../src/simulators/pushinpay.ts';
import { startRdStation } from '../src/simulators/rdstation.ts';
import { startSalesforce } from '../src/simulators/salesforce.ts';
import { type Answering, listenSimulator } from '../src/simulators/simulator-server.ts';
import { buildTiktokSimulator } from '../src/simulators/tiktok.ts';
import { buildUtmifySimulator } from '../src/simulators/utmify.ts';

const now = (): number => Date.now();

/** What the simulators take as credentials; they are in nobody's account. */
const DEV = {
  token: 'dev-token',
  webhookToken: 'dev-webhook-token',
  clientId: 'dev-client',
  clientSecret: 'dev-client-secret',
  refreshToken: 'dev-refresh-token',
  user: 'dev',
  password: 'dev-password',
};

/** The platforms' simulators with the variables that lead to them. */
const PLATFORMS: readonly { readonly variables: readonly string[]; readonly simulator: Answering }[] = [
  { variables: ['META_GRAPH_URL'], simulator: new MetaSimulator({ now }) },
  { variables: ['GOOGLE_ADS_URL', 'GOOGLE_OAUTH_URL'], simulator: buildGoogleSimulator({ now }) },
  { variables: ['TIKTOK_API_URL'], simulator: buildTiktokSimulator({ now }) },
  { variables: ['LINKEDIN_API_URL'], simulator: buildLinkedinSimulator({ now }) },
  { variables: ['GA4_URL'], simulator: buildGa4Simulator({ now }) },
  { variables: ['UTMIFY_URL'], simulator: buildUtmifySimulator({ now }) },
];

/** The same simulator, telling on the terminal what came and what it said. */
function tell(name: string, simulator: Answering): Answering {
  return {
    answer(request: HttpRequest) {
      const answer = simulator.answer(request);
      const { pathname } = new URL(request.url);
      console.log(`[${name}] ${request.method} ${pathname} -> ${answer.response.status}\n  ${request.body}`);
      return answer;
    },
  };
}

async function startVendors(): Promise<Record<string, string>> {
  const urls: Record<string, string> = {};
  for (const { variables, simulator } of PLATFORMS) {
    const { url } = await listenSimulator(tell(variables[0] ?? '', simulator));
    for (const variable of variables) urls[variable] = url;
  }
  urls.PUSHINPAY_API_URL = (await startPushinPay(DEV)).url;
  urls.HUBSPOT_API_URL = (await startHubspot(DEV)).url;
  urls.PIPEDRIVE_API_URL = (await startPipedrive(DEV)).url;
  urls.RDSTATION_API_URL = (await startRdStation(DEV)).url;
  urls.SALESFORCE_LOGIN_URL = (await startSalesforce(DEV)).url;
  return urls;
}

const urls = await startVendors();
for (const [variable, url] of Object.entries(urls)) console.log(`${variable.padEnd(22)}${url}`);
console.log(`Their credentials: ${JSON.stringify(DEV)}`);
const main = join(import.meta.dirname, '..', 'src', 'main.ts');
const server = spawn(process.execPath, ['--watch', '--watch-preserve-output', main, 'serve'], {
  stdio: 'inherit',
  env: { LOG_LEVEL: 'debug', ...urls, ...process.env },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => server.kill(signal));
server.once('exit', (code) => process.exit(code ?? 0));
