import type { PageLanguage } from '../pages/language.ts';

interface MetaTexts {
  readonly title: string;
  readonly lede: string;
  readonly empty: string;
  readonly toAd: string;
  readonly browser: string;
  readonly server: string;
  readonly once: string;
  readonly onceWhy: string;
  readonly serverOnly: string;
  readonly browserOnly: string;
  readonly notSent: string;
  readonly waiting: Readonly<Record<string, string>>;
  readonly noBrowser: string;
  readonly keys: string;
  readonly value: string;
  readonly raw: string;
  readonly repeated: (times: number) => string;
  readonly names: Readonly<Record<string, string>>;
  readonly keyNames: Readonly<Record<string, string>>;
}

/** Every text of the page that shows what Meta received. */
export const META_TEXTS: Readonly<Record<PageLanguage, MetaTexts>> = {
  pt: {
    title: 'O que a Meta recebeu',
    lede: 'Cada evento tem um id. Quando o navegador e o servidor mandam o mesmo nome com o mesmo id, a Meta conta um só: o servidor garante que nada se perca, o navegador traz os cookies.',
    empty: 'Nada ainda. Os eventos aparecem aqui assim que você clicar no anúncio.',
    toAd: 'Ir para o anúncio',
    browser: 'Navegador (pixel)',
    server: 'Servidor (API de Conversões)',
    once: 'Conta uma vez',
    onceWhy: 'Mesmo nome e mesmo id dos dois lados: a Meta descarta o segundo.',
    serverOnly: 'Só o servidor sabe disto: aconteceu dentro do Telegram.',
    browserOnly: 'O do servidor ainda está a caminho.',
    notSent: 'Ainda não chegou.',
    waiting: {
      held: 'Espera a página de entrega ser aberta (no máximo 5 minutos).',
      due: 'Na fila, sai em instantes.',
      failed: 'Recusado; veja o rastro da venda.',
      skipped: 'Não enviado; veja o rastro da venda.',
      sent: 'Enviado antes de o servidor reiniciar; o simulador guarda só na memória.',
      none: 'Sem destino.',
    },
    noBrowser: 'O navegador não participa deste passo.',
    keys: 'Chaves de correspondência',
    value: 'Valor',
    raw: 'Conteúdo completo',
    repeated: (times) => `Recebido ${times} vezes com o mesmo id: conta uma.`,
    names: {
      PageView: 'Página vista',
      ViewContent: 'Start no bot',
      InitiateCheckout: 'Cobrança criada',
      Purchase: 'Compra',
    },
    keyNames: {
      em: 'e-mail',
      ph: 'telefone',
      fn: 'nome',
      ln: 'sobrenome',
      ct: 'cidade',
      st: 'estado',
      zp: 'CEP',
      country: 'país',
      external_id: 'ids próprios',
      client_ip_address: 'endereço IP',
      client_user_agent: 'navegador',
      fbc: 'fbc (clique)',
      fbp: 'fbp (navegador)',
    },
  },
  en: {
    title: 'What Meta received',
    lede: 'Every event has an id. When browser and server send the same name with the same id, Meta counts one: the server makes sure that nothing is lost, the browser brings the cookies.',
    empty: 'Nothing yet. Events appear here as soon as you click the ad.',
    toAd: 'Go to the ad',
    browser: 'Browser (pixel)',
    server: 'Server (Conversions API)',
    once: 'Counted once',
    onceWhy: 'The same name and id on both sides: Meta drops the second.',
    serverOnly: 'Only the server knows of this: it happened inside Telegram.',
    browserOnly: 'The server’s is still on its way.',
    notSent: 'Not received yet.',
    waiting: {
      held: 'Waits for the delivery page to be opened (5 minutes at most).',
      due: 'In the queue, goes in a moment.',
      failed: 'Refused; see the trace of the sale.',
      skipped: 'Not sent; see the trace of the sale.',
      sent: 'Sent before the server was restarted; the simulator only remembers in memory.',
      none: 'No destination.',
    },
    noBrowser: 'The browser has no part in this step.',
    keys: 'Match keys',
    value: 'Value',
    raw: 'Whole content',
    repeated: (times) => `Received ${times} times with the same id: counts once.`,
    names: {
      PageView: 'Page seen',
      ViewContent: 'Start in the bot',
      InitiateCheckout: 'Charge made',
      Purchase: 'Sale',
    },
    keyNames: {
      em: 'e-mail',
      ph: 'phone',
      fn: 'first name',
      ln: 'last name',
      ct: 'city',
      st: 'state',
      zp: 'postcode',
      country: 'country',
      external_id: 'own ids',
      client_ip_address: 'IP address',
      client_user_agent: 'user agent',
      fbc: 'fbc (click)',
      fbp: 'fbp (browser)',
    },
  },
};
