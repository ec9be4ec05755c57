/** Names a file of the repository, and says where the site shows it. */
const page = (text, file, items) => ({
  text,
  file,
  link: `/${file.replace(/README\.md$/, '').replace(/\.md$/, '.html')}`,
  ...(items && { items, collapsed: true }),
});

const exercise = (number, name, text) =>
  page(`${number}. ${text}`, `workshop/exercises/${number}-${name}/README.md`);

/** In the order in which a newcomer needs the pages. */
export const sidebar = [
  {
    text: 'Start',
    items: [
      page('Overview', 'README.md'),
      page('Guide', 'docs/README.md'),
      page('What a span link is', 'docs/span-links.md'),
      page('Follow your first link', 'docs/first-link.md'),
      page('Learn it by doing', 'workshop/README.md', [
        exercise(1, 'lost-trail', 'The lost trail'),
        exercise(2, 'fan-in', 'Fan-in'),
        exercise(3, 'fan-out', 'Fan-out'),
        exercise(4, 'messages', 'Messages'),
        exercise(5, 'retries', 'Retries'),
        exercise(6, 'production', 'Production'),
        page('For presenters', 'workshop/presenter.md'),
      ]),
      page('Use it in your service', 'docs/your-service.md'),
      page('Look at your own data', 'docs/your-data.md'),
      page('Before production', 'docs/production.md'),
      page('Glossary', 'docs/glossary.md'),
    ],
  },
  {
    text: 'Library',
    items: [
      page('Tracing library', 'libs/tracing/README.md'),
      page('Brokers', 'docs/brokers/README.md', [
        page('pg-boss', 'docs/brokers/pg-boss.md'),
        page('Kafka', 'docs/brokers/kafka.md'),
        page('RabbitMQ', 'docs/brokers/amqplib.md'),
        page('BullMQ', 'docs/brokers/bullmq.md'),
        page('NATS', 'docs/brokers/nats.md'),
        page('SQS', 'docs/brokers/sqs.md'),
      ]),
      page('Messaging in Nest apps', 'libs/messaging/README.md'),
      page('Other languages', 'docs/other-languages.md', [
        page('Python example', 'examples/python/README.md'),
      ]),
    ],
  },
  {
    text: 'Trace explorer',
    items: [
      page('Install and run it', 'apps/explorer-package/README.md'),
      page('Search and API', 'libs/explorer-api/README.md'),
      page('Journeys', 'docs/journeys.md'),
      page('Map and waits', 'docs/map.md'),
      page('Addresses of the page', 'docs/addresses.md'),
    ],
  },
  {
    text: 'Operations',
    items: [
      page('Containers and backends', 'infra/README.md', [page('Kubernetes', 'infra/kubernetes/README.md')]),
      page('Scaling', 'docs/scaling.md'),
      page('Figures', 'docs/figures.md'),
      page('Chaos', 'docs/chaos.md'),
    ],
  },
  {
    text: 'Project',
    items: [
      page('Architecture', 'ARCHITECTURE.md'),
      page('Decisions', 'docs/decisions/README.md', [
        page('Links', 'docs/decisions/links.md'),
        page('Orders', 'docs/decisions/orders.md'),
        page('Export', 'docs/decisions/export.md'),
        page('Explorer', 'docs/decisions/explorer.md'),
        page('Running', 'docs/decisions/running.md'),
      ]),
      page('Contributing', 'CONTRIBUTING.md'),
      page('Brokers for tests', 'libs/broker-testing/README.md'),
      page('Security', 'SECURITY.md'),
      page('Changelog', 'CHANGELOG.md'),
    ],
  },
];

/** The files of all pages in a sidebar. */
export function pagesOf(items) {
  return items.flatMap(({ file, items: inner = [] }) => [...(file ? [file] : []), ...pagesOf(inner)]);
}
