import type { PageLanguage } from '../pages/language.ts';

interface HomeTexts {
  readonly signIn: string;
  readonly signInLede: string;
  readonly email: string;
  readonly password: string;
  readonly enter: string;
  readonly forgot: string;
  readonly tryIt: string;
  readonly tryItWhy: string;
  readonly refusals: Readonly<Record<Refusal, string>>;
  readonly overview: string;
  readonly docs: string;
  readonly signOut: string;
  readonly away: string;
  readonly awayWhy: string;
  readonly noWorkspace: string;
  readonly next: string;
  readonly allDone: string;
  readonly keyFirst: string;
  readonly steps: Readonly<Record<SetupStep, string>>;
  readonly configured: string;
  readonly labels: Readonly<Record<'bots' | 'products' | 'gateways' | 'pools' | 'destinations', string>>;
  readonly nothing: string;
  readonly noPixel: string;
  readonly sandbox: string;
  readonly clicks: string;
  readonly noClicks: string;
  readonly sales: string;
  readonly noSales: string;
  readonly noSource: string;
  readonly attributed: string;
  readonly notAttributed: string;
  readonly trace: string;
  readonly status: Readonly<Record<string, string>>;
  readonly system: string;
  readonly systemParts: Readonly<Record<SystemPart, readonly [good: string, bad: string]>>;
  readonly waiting: (count: number) => string;
}

/** Why a sign-in was refused. */
export type Refusal = 'wrong' | 'malformed' | 'too_many' | 'foreign' | 'away';

/** What a workspace needs before its first sale, in order. */
export type SetupStep = 'bot' | 'product' | 'gateway' | 'pool';

/** What the system's state consists of. */
export type SystemPart = 'log' | 'database' | 'drain' | 'destinations';

/** Every text of the start page. */
export const HOME_TEXTS: Readonly<Record<PageLanguage, HomeTexts>> = {
  pt: {
    signIn: 'Entrar',
    signInLede: 'Do clique no anúncio à venda, no seu próprio servidor.',
    email: 'E-mail',
    password: 'Senha',
    enter: 'Entrar',
    forgot: 'A senha do dono aparece uma vez, no terminal, no primeiro início. Outra conta:',
    tryIt: 'Experimentar sem conta',
    tryItWhy: 'O caminho inteiro, do anúncio à venda, com Telegram, banco e Meta simulados.',
    refusals: {
      wrong: 'E-mail ou senha incorretos.',
      malformed: 'Escreva o e-mail completo e a senha.',
      too_many: 'Muitas tentativas. Aguarde um minuto e tente de novo.',
      foreign: 'O formulário veio de outro endereço. Abra esta página de novo e repita.',
      away: 'O banco de dados não responde agora. Tente de novo em alguns segundos.',
    },
    overview: 'Visão geral',
    docs: 'Documentação da API',
    signOut: 'Sair',
    away: 'O banco de dados não responde',
    awayWhy:
      'Os cliques continuam sendo gravados no disco e entram no banco quando ele voltar. Esta página tenta de novo sozinha.',
    noWorkspace: 'A sua conta ainda não participa de nenhum espaço de trabalho.',
    next: 'Próximos passos',
    allDone: 'Tudo pronto para vender. Use este link no anúncio:',
    keyFirst: 'As chamadas usam uma chave da API. Crie uma no terminal do servidor:',
    steps: {
      bot: 'Cadastrar o bot (o token vem do @BotFather)',
      product: 'Cadastrar um produto do bot',
      gateway: 'Escolher como cobrar (o sandbox não move dinheiro)',
      pool: 'Criar o link do anúncio, com o pixel da Meta',
    },
    configured: 'Configurado',
    labels: {
      bots: 'Bots',
      products: 'Produtos',
      gateways: 'Cobrança',
      pools: 'Links',
      destinations: 'Destinos',
    },
    nothing: 'nenhum ainda',
    noPixel: 'sem pixel',
    sandbox: 'sandbox, sem dinheiro de verdade',
    clicks: 'Últimos cliques',
    noClicks: 'Nenhum clique ainda. Abra o link de um anúncio seu para ver o primeiro.',
    sales: 'Últimas cobranças e vendas',
    noSales: 'Nenhuma cobrança ainda. A primeira aparece quando alguém escolher um produto no bot.',
    noSource: 'sem UTM',
    attributed: 'atribuída a um clique',
    notAttributed: 'sem clique',
    trace: 'Ver rastro',
    status: {
      pending: 'aguardando',
      paid: 'paga',
      expired: 'expirada',
      refunded: 'devolvida',
      failed: 'falhou',
    },
    system: 'Sistema',
    systemParts: {
      log: ['Cliques gravados em disco', 'O disco recusa gravações: cliques só na memória'],
      database: ['Banco de dados em dia', 'Banco de dados fora ou desatualizado'],
      drain: ['Cliques já nas tabelas', 'Cliques esperando para entrar nas tabelas'],
      destinations: ['Destinos sem pausa', 'Há destinos pausados: corrija as credenciais'],
    },
    waiting: (count) => `${count} na fila de envio`,
  },
  en: {
    signIn: 'Sign in',
    signInLede: 'From the ad click to the sale, on your own server.',
    email: 'E-mail',
    password: 'Password',
    enter: 'Sign in',
    forgot: 'The owner’s password is shown once, in the terminal, at the first start. Another account:',
    tryIt: 'Try it without an account',
    tryItWhy: 'The whole way from ad to sale, with Telegram, bank and Meta simulated.',
    refusals: {
      wrong: 'Wrong e-mail or password.',
      malformed: 'Write the whole e-mail and the password.',
      too_many: 'Too many attempts. Wait a minute and try again.',
      foreign: 'The form came from another address. Open this page again and repeat.',
      away: 'The database does not answer now. Try again in a few seconds.',
    },
    overview: 'Overview',
    docs: 'API documentation',
    signOut: 'Sign out',
    away: 'The database does not answer',
    awayWhy:
      'Clicks are still written to disk, and enter the database when it returns. This page tries again by itself.',
    noWorkspace: 'Your account is not in any workspace yet.',
    next: 'Next steps',
    allDone: 'Everything is ready to sell. Use this link in the ad:',
    keyFirst: 'The calls take an API key. Make one in the server’s terminal:',
    steps: {
      bot: 'Add the bot (its token comes from @BotFather)',
      product: 'Add a product of the bot',
      gateway: 'Choose how to charge (the sandbox moves no money)',
      pool: 'Make the ad’s link, with Meta’s pixel',
    },
    configured: 'Configured',
    labels: {
      bots: 'Bots',
      products: 'Products',
      gateways: 'Charging',
      pools: 'Links',
      destinations: 'Destinations',
    },
    nothing: 'none yet',
    noPixel: 'no pixel',
    sandbox: 'sandbox, no real money',
    clicks: 'Newest clicks',
    noClicks: 'No click yet. Open the link of one of your ads to see the first.',
    sales: 'Newest charges and sales',
    noSales: 'No charge yet. The first appears when somebody chooses a product in the bot.',
    noSource: 'no UTM',
    attributed: 'attributed to a click',
    notAttributed: 'no click',
    trace: 'See trace',
    status: {
      pending: 'waiting',
      paid: 'paid',
      expired: 'expired',
      refunded: 'refunded',
      failed: 'failed',
    },
    system: 'System',
    systemParts: {
      log: ['Clicks are written to disk', 'The disk refuses writes: clicks are in memory only'],
      database: ['Database up to date', 'Database away or out of date'],
      drain: ['Clicks are in the tables', 'Clicks wait to enter the tables'],
      destinations: ['No destination is paused', 'Destinations are paused: correct their credentials'],
    },
    waiting: (count) => `${count} waiting to be sent`,
  },
};
