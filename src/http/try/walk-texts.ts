import type { PageLanguage } from '../pages/language.ts';
import type { WalkStep } from './walk-steps.ts';

interface StepText {
  readonly title: string;
  /** What was done, once it is. */
  readonly done: string;
  /** What to do while it is the next one. */
  readonly todo: string;
}

interface WalkTexts {
  readonly title: string;
  readonly lede: string;
  readonly adHeading: string;
  readonly sponsored: string;
  readonly adText: string;
  readonly adTitle: string;
  readonly adSite: string;
  readonly adButton: string;
  readonly adPicture: string;
  readonly adNote: string;
  readonly stepsHeading: string;
  readonly progress: (done: number, all: number) => string;
  readonly finished: string;
  readonly again: string;
  readonly openChat: string;
  readonly openMeta: string;
  readonly openTrace: string;
  readonly steps: Readonly<Record<WalkStep['id'], StepText>>;
}

/** Every text of the walk. */
export const WALK_TEXTS: Readonly<Record<PageLanguage, WalkTexts>> = {
  pt: {
    title: 'Do anúncio à venda, em dois minutos',
    lede: 'Faça o caminho de quem compra: clique no anúncio, converse com o bot, pague com um PIX de teste. Os passos são marcados sozinhos, com o que o sistema gravou de verdade.',
    adHeading: 'Comece aqui: um anúncio no feed',
    sponsored: 'Patrocinado',
    adText: 'Seu celular já faz fotos de estúdio. Em 7 dias você aprende luz, enquadramento e edição.',
    adTitle: 'Fotos de estúdio com o seu celular',
    adSite: 'estudioaurora.com.br',
    adButton: 'Saiba mais',
    adPicture: 'Desenho de uma câmera sobre um pôr do sol',
    adNote:
      'Cada visita a esta página dá ao anúncio um fbclid novo, como a Meta faz. O link abre em outra aba.',
    stepsHeading: 'O que já aconteceu',
    progress: (done, all) => `${done} de ${all} passos concluídos`,
    finished: 'Pronto! A venda foi atribuída ao anúncio e a Meta a contou uma vez só.',
    again: 'Para repetir, clique no anúncio de novo: é um novo clique.',
    openChat: 'Abrir o chat',
    openMeta: 'Ver o que a Meta recebeu',
    openTrace: 'Ver o rastro da venda',
    steps: {
      click: {
        title: 'Clique registrado',
        done: 'Gravado em disco antes de a página responder.',
        todo: 'Clique no anúncio.',
      },
      page: {
        title: 'Página vista',
        done: 'O pixel do navegador mandou o PageView, com o mesmo id que o servidor usa.',
        todo: 'Espere a página abrir no navegador.',
      },
      start: {
        title: 'Start ligado ao clique',
        done: 'O bot recebeu o /start com o código do clique.',
        todo: 'Na página, toque no botão e depois em START no chat.',
      },
      charge: {
        title: 'Cobrança PIX criada',
        done: 'O código PIX e o QR Code estão no chat.',
        todo: 'No chat, escolha um produto.',
      },
      paid: {
        title: 'Pagamento confirmado',
        done: 'O banco de teste avisou e a cobrança foi conferida de novo.',
        todo: 'No chat, abra o link do SANDBOX e pague.',
      },
      delivered: {
        title: 'Entrega aberta',
        done: 'A página de entrega mandou a compra pelo navegador.',
        todo: 'No chat, abra o link de acesso.',
      },
      meta: {
        title: 'Meta recebeu a compra',
        done: 'Uma do navegador e uma do servidor, com o mesmo id: conta uma vez.',
        todo: 'Sai sozinha em um instante (ou 5 minutos após o pagamento, se a entrega não for aberta).',
      },
    },
  },
  en: {
    title: 'From ad to sale in two minutes',
    lede: 'Walk the buyer’s way: click the ad, talk to the bot, pay with a test PIX. The steps tick themselves, from what the system has really recorded.',
    adHeading: 'Begin here: an ad in the feed',
    sponsored: 'Sponsored',
    adText: 'Your phone already takes studio photos. In 7 days you learn light, framing and editing.',
    adTitle: 'Studio photos with your phone',
    adSite: 'estudioaurora.com.br',
    adButton: 'Learn more',
    adPicture: 'Drawing of a camera before a sunset',
    adNote:
      'Each visit to this page gives the ad a fresh fbclid, as Meta does. The link opens in another tab.',
    stepsHeading: 'What has happened so far',
    progress: (done, all) => `${done} of ${all} steps done`,
    finished: 'Done! The sale was attributed to the ad, and Meta counted it once.',
    again: 'To repeat it, click the ad again: that is a new click.',
    openChat: 'Open the chat',
    openMeta: 'See what Meta received',
    openTrace: 'See the trace of the sale',
    steps: {
      click: {
        title: 'Click captured',
        done: 'Written to disk before the page was answered.',
        todo: 'Click the ad.',
      },
      page: {
        title: 'Page seen',
        done: 'The browser’s pixel sent the PageView, with the same id as the server’s.',
        todo: 'Wait for the page to open in the browser.',
      },
      start: {
        title: 'Start joined to the click',
        done: 'The bot got /start with the click’s token.',
        todo: 'On the page, tap the button, then START in the chat.',
      },
      charge: {
        title: 'PIX charge made',
        done: 'The PIX code and its QR code are in the chat.',
        todo: 'In the chat, choose a product.',
      },
      paid: {
        title: 'Payment confirmed',
        done: 'The test bank told of it, and the charge was asked for again.',
        todo: 'In the chat, open the SANDBOX link and pay.',
      },
      delivered: {
        title: 'Delivery opened',
        done: 'The delivery page sent the purchase from the browser.',
        todo: 'In the chat, open the access link.',
      },
      meta: {
        title: 'Meta received the purchase',
        done: 'One from the browser and one from the server, with the same id: it counts once.',
        todo: 'It goes by itself in a moment (or 5 minutes after payment, if the delivery is never opened).',
      },
    },
  },
};
