import type { Hop } from '../../reports/trace-hop.ts';
import type { PageLanguage } from './language.ts';

interface TraceTexts {
  readonly title: string;
  readonly lede: string;
  readonly none: string;
  readonly noneWhy: string;
  readonly matchedBy: string;
  readonly notMatched: string;
  readonly receipt: string;
  readonly details: string;
  readonly kinds: Readonly<Record<Hop['kind'], string>>;
  /** What each step means, in words; the exact account stands under it. */
  readonly meanings: Readonly<Record<Hop['kind'], string>>;
  /** What happened, by the beginning of the event's id. */
  readonly events: Readonly<Record<string, string>>;
  readonly taken: string;
  readonly refused: string;
  readonly waiting: string;
  /** The rules that join steps. */
  readonly rules: Readonly<Record<string, string>>;
}

/** Every text of the trace pages. */
export const TRACE_TEXTS: Readonly<Record<PageLanguage, TraceTexts>> = {
  pt: {
    title: 'Rastro da venda',
    lede: 'Passo a passo, do clique ao recibo da plataforma: o que casou, por qual regra, e o que não casou e por quê.',
    none: 'Nada encontrado para esta referência',
    noneWhy:
      'Um clique leva até um segundo para aparecer. Vale o código do clique, o id do pagamento, o id do Telegram ou o fbclid.',
    matchedBy: 'Ligado por',
    notMatched: 'Sem ligação com o passo anterior',
    receipt: 'Recibo',
    details: 'Detalhes',
    kinds: {
      click: 'Clique no anúncio',
      cookies: 'Cookies da página',
      consent: 'Escolha de privacidade',
      start: 'Start no bot',
      broadcast: 'Mensagem em massa',
      charge: 'Cobrança',
      payment: 'Pagamento',
      delivery_page: 'Página de entrega',
      touch: 'Origem da visita',
      lead: 'Lead',
      stage: 'Etapa do lead',
      crm: 'CRM',
      conversion: 'Evento',
      delivery: 'Envio',
    },
    meanings: {
      click: 'O clique foi gravado com os ids do anúncio antes de a página responder.',
      cookies: 'A página contou os cookies do navegador, e o clique ficou mais completo.',
      consent: 'A pessoa disse se aceita anúncios.',
      start: 'A pessoa apertou Start; o código do link diz de qual clique ela veio.',
      broadcast: 'Uma mensagem do bot para muitas pessoas, e o que foi feito dela para esta.',
      charge: 'A cobrança guardou o clique da pessoa.',
      payment: 'A situação do pagamento mudou; o aviso do banco sempre é conferido.',
      delivery_page: 'A pessoa abriu a entrega, e o navegador mandou a compra com o mesmo id.',
      touch: 'O visitante chegou ao site com estas marcas de anúncio.',
      lead: 'A pessoa deixou seus dados no site.',
      stage: 'O lead mudou de etapa na venda.',
      crm: 'O CRM recebeu o lead ou contou uma mudança.',
      conversion: 'Algo que as plataformas vão ficar sabendo.',
      delivery: 'O que foi mandado e o que a plataforma respondeu.',
    },
    events: {
      evt: 'página vista (PageView)',
      view: 'start no bot (ViewContent)',
      checkout: 'cobrança criada (InitiateCheckout)',
      purchase: 'compra (Purchase)',
    },
    taken: 'recebido pela plataforma',
    refused: 'recusado pela plataforma',
    waiting: 'na fila',
    rules: {
      token: 'código do clique',
      fbclid: 'fbclid do link',
      known_fbclid: 'fbclid que a pessoa já tinha',
      tracking_session_id: 'clique da pessoa',
      delivery_token: 'link de entrega',
      charge: 'cobrança',
      webhook: 'aviso do banco, conferido',
      check: 'consulta ao banco',
      delivery_page: 'abertura da entrega',
      button: 'botão “Já paguei”',
      simulate: 'simulação',
      expiry: 'fim do prazo',
    },
  },
  en: {
    title: 'Trace of the sale',
    lede: 'Hop by hop, from the click to the platform’s receipt: what matched, by which rule, and what did not and why.',
    none: 'Nothing found for this reference',
    noneWhy:
      'A click takes up to a second to appear. A click token, a payment id, a Telegram user id or an fbclid will do.',
    matchedBy: 'Joined by',
    notMatched: 'Not joined to the step before',
    receipt: 'Receipt',
    details: 'Details',
    kinds: {
      click: 'Ad click',
      cookies: 'Cookies of the page',
      consent: 'Privacy choice',
      start: 'Start in the bot',
      broadcast: 'Broadcast',
      charge: 'Charge',
      payment: 'Payment',
      delivery_page: 'Delivery page',
      touch: 'Where the visit came from',
      lead: 'Lead',
      stage: 'Stage of the lead',
      crm: 'CRM',
      conversion: 'Event',
      delivery: 'Delivery',
    },
    meanings: {
      click: 'The click was recorded with the ad’s ids before the page was answered.',
      cookies: 'The page told the browser’s cookies, and the click became more complete.',
      consent: 'The person said whether ads are welcome.',
      start: 'The person pressed Start; the link’s token tells which click they came from.',
      broadcast: 'A message of the bot to many people, and what became of it for this one.',
      charge: 'The charge kept the person’s click.',
      payment: 'The payment changed; the bank’s word is always checked.',
      delivery_page: 'The person opened the delivery, and the browser sent the purchase with the same id.',
      touch: 'The visitor came to the site with these marks of an ad.',
      lead: 'The person left their details on the site.',
      stage: 'The lead moved on in the sale.',
      crm: 'The CRM was told of the lead, or told of a change.',
      conversion: 'Something that the platforms will be told.',
      delivery: 'What was sent, and what the platform answered.',
    },
    events: {
      evt: 'page seen (PageView)',
      view: 'start in the bot (ViewContent)',
      checkout: 'charge made (InitiateCheckout)',
      purchase: 'purchase (Purchase)',
    },
    taken: 'taken by the platform',
    refused: 'refused by the platform',
    waiting: 'in the queue',
    rules: {
      token: 'the click’s token',
      fbclid: 'the link’s fbclid',
      known_fbclid: 'an fbclid the person already had',
      tracking_session_id: 'the person’s click',
      delivery_token: 'the delivery link',
      charge: 'the charge',
      webhook: 'the bank’s webhook, checked',
      check: 'asking the bank',
      delivery_page: 'opening the delivery',
      button: 'the “I have paid” button',
      simulate: 'a simulation',
      expiry: 'the end of its time',
    },
  },
};
