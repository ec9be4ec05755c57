import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { merged, problemsOf, type CollectorConfig } from './collector-config.ts';
import {
  ComposeProject,
  envFileLines,
  interpolate,
  mountsOf,
  publishedBy,
  readEnvFile,
  type PlacedService,
} from './compose-project.ts';
import { traceqlProblems } from './traceql.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'infra/docker');
const PROFILES = ['collector', 'jaeger', 'grafana', 'signoz'];
/** Profiles with a broker instead of a trace backend. */
const BROKERS = ['kafka'];
const CLOUD = { SIGNOZ_REGION: 'eu', SIGNOZ_INGESTION_KEY: 'a-key' };
const FRAGMENTS = [...PROFILES, ...BROKERS].map((name) => join(FOLDER, name));

const at = (path: string) => join(FOLDER, path);
const yaml = <T>(path: string) => parse(readFileSync(at(path), 'utf8')) as T;
const source = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const environment = (profile: string) => readEnvFile(at(`${profile}.env`));
const project = (profile: string) => new ComposeProject(at('compose.yaml'), environment(profile));
const plain = new ComposeProject(at('compose.yaml'));
const backends = plain.services.filter(({ folder }) => folder !== FOLDER);

/** The configuration files that are mounted into a service, including the files of mounted folders. */
function configsOf(service: PlacedService): string[] {
  return mountsOf(service)
    .filter(({ source: path }) => path.startsWith('/'))
    .flatMap(({ source: path }) =>
      statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path],
    );
}

/** The ports that a service listens on, by its published ports and its configuration. */
function listensOn(service: PlacedService): number[] {
  const configured = configsOf(service).flatMap((path) => [
    ...readFileSync(path, 'utf8').matchAll(/(?:0\.0\.0\.0:|(?:tcp|http)(?:_listen)?_port: )(\d+)/g),
  ]);
  return [...publishedBy(service).map(({ target }) => target), ...configured.map(([, port]) => Number(port))];
}

/** The addresses that a configuration connects to. */
function addressesIn(text: string): { host: string; port: number }[] {
  const urls = [...text.matchAll(/(?:https?|tcp):\/\/([\w.-]+):(\d+)/g)];
  // ClickHouse has host and port on two lines.
  const pairs = [...text.matchAll(/\bhost: ([\w-]+)\n\s+port: (\d+)/g)];
  return [...urls, ...pairs].map(([, host = '', port]) => ({ host, port: Number(port) }));
}

/** The configuration of the Collector in a profile. */
function collectorConfig(profile: string): CollectorConfig {
  const collector = project(profile).services.find(({ name }) => name === 'collector')!;
  const mounts = mountsOf(collector);
  const paths = collector.command!.map((argument) => {
    const path = argument.replace(/^--config=/, '');
    const mount = mounts.find(({ target }) => path === target || path.startsWith(`${target}/`))!;
    return path.replace(mount.target, mount.source);
  });
  return merged(...paths.map((path) => parse(readFileSync(path, 'utf8')) as CollectorConfig));
}

describe('every configuration file', () => {
  const files = FRAGMENTS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile()),
  );

  it.each(files.map((path) => [path.slice(FOLDER.length + 1), path]))('%s can be read', (_, path) => {
    const document = parseDocument(readFileSync(path, 'utf8'), { uniqueKeys: true });
    expect([...document.errors, ...document.warnings]).toEqual([]);
  });

  it('is mounted, or is a compose file', () => {
    const mounted = backends.flatMap(configsOf);
    const lost = files.filter((path) => !mounted.includes(path) && basename(path) !== 'compose.yaml');
    expect(lost).toEqual([]);
  });
});

describe('the services of the backends', () => {
  it('run only if their profile is selected', () => {
    expect(plain.running().map(({ folder }) => folder)).toEqual(plain.running().map(() => FOLDER));
    expect(backends.filter(({ profiles }) => profiles === undefined)).toEqual([]);
    expect(new Set(backends.flatMap(({ profiles }) => profiles))).toEqual(new Set([...PROFILES, ...BROKERS]));
  });

  describe.each(backends.map((service) => [service.name, service] as const))('%s', (_, service) => {
    it('has an image with a version, and no digest', () => {
      expect(service.image).toMatch(/^[\w./-]+:v?\d+\.\d+(\.\d+)?$/);
    });

    it('is reachable only from this machine', () => {
      expect(publishedBy(service).map(({ address }) => address)).toEqual(
        publishedBy(service).map(() => '127.0.0.1'),
      );
    });

    it('finds its mounted files, and cannot write to them', () => {
      for (const { source: path, target, mode } of mountsOf(service)) {
        if (!path.startsWith('/')) expect([path, plain.volumes.has(path)]).toEqual([path, true]);
        else expect([target, existsSync(path), mode]).toEqual([target, true, 'ro']);
      }
    });

    it('has a memory limit, gains no privileges, and restarts after a crash', () => {
      expect(service.security_opt).toContain('no-new-privileges:true');
      expect(service.mem_limit).toMatch(/^\d+[mg]$/);
      expect(service.restart).toMatch(/^(unless-stopped|on-failure:\d+)$/);
    });

    it('waits only for services that run with it, and for health only if there is a check', () => {
      for (const profile of service.profiles ?? []) {
        for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
          const other = project(profile)
            .running(profile)
            .find((running) => running.name === name);
          expect([name, other?.name]).toEqual([name, name]);
          if (condition === 'service_healthy') expect(other?.healthcheck).toBeDefined();
        }
      }
    });

    it('checks its health at a port that it listens on', () => {
      const [, , ...words] = service.healthcheck?.test ?? [];
      const ports = [...words.join(' ').matchAll(/(?:127\.0\.0\.1:| -p )(\d+)/g)].map(([, port]) =>
        Number(port),
      );
      expect(listensOn(service)).toEqual(expect.arrayContaining(ports));
    });
  });

  it('publish no port twice', () => {
    const published = plain.services.flatMap(publishedBy).flatMap(({ published: port }) => port ?? []);
    expect(published.filter((port, index) => published.indexOf(port) !== index)).toEqual([]);
  });

  it('have matching versions', () => {
    const image = (name: string) => backends.find((service) => service.name === name)?.image?.split(':')[1];
    expect(image('signoz-migrations')).toBe(image('signoz-collector'));
    expect(image('signoz-keeper')).toBe(image('signoz-clickhouse'));
  });
});

describe.each(PROFILES)('the profile %s', (profile) => {
  const values = environment(profile);
  const running = project(profile).running(profile);

  it('is the profile of its env file', () => {
    expect(values['COMPOSE_PROFILES']).toBe(profile);
    expect(running.map(({ name }) => name)).toEqual(expect.arrayContaining(['trace-explorer', 'collector']));
  });

  it('connects only to services that run with it, at ports that they listen on', () => {
    const collector = running.find(({ name }) => name === 'collector')!;
    const texts = [
      values['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '',
      JSON.stringify(collectorConfig(profile)),
      ...running
        .filter((service) => service !== collector)
        .flatMap((service) => configsOf(service).map(read)),
      ...running.flatMap(({ environment: set }) => Object.values(set ?? {})).map(String),
    ];
    const foreign = texts
      .flatMap(addressesIn)
      .filter(({ host }) => !['127.0.0.1', 'localhost', 'orders-api', 'postgres'].includes(host))
      .filter(({ host, port }) => {
        const service = running.find(({ name }) => name === host);
        return service === undefined || !listensOn(service).includes(port);
      });
    expect(foreign).toEqual([]);
  });

  it('points links to a viewer that it publishes', () => {
    const published = running.flatMap(publishedBy).map(({ published: port }) => `http://127.0.0.1:${port}`);
    const template = values['TRACE_URL_TEMPLATE'];
    if (profile === 'collector') return expect(template).toBeUndefined();
    expect(source('apps/orders-api/src/trace-url.ts')).toContain(`  ${template}: { base: `);
    expect(published).toContain(values['TRACE_URL_BASE']);
  });

  it('has a valid configuration of the Collector', () => {
    expect(problemsOf(collectorConfig(profile))).toEqual([]);
  });

  it('sends all spans to the explorer, and drops none', () => {
    const pipelines = Object.entries(collectorConfig(profile).service!.pipelines!);
    expect(pipelines.map(([name]) => name)).toEqual(
      profile === 'collector' ? ['traces/explorer'] : ['traces/explorer', `traces/${profile}`],
    );
    for (const [name, { receivers, processors, exporters }] of pipelines) {
      const exporter = name.replace('traces/', 'otlp_http/');
      expect({ receivers, processors, exporters }).toEqual({
        receivers: ['otlp'],
        processors: ['memory_limiter'],
        exporters: [exporter],
      });
      expect(collectorConfig(profile).exporters![exporter]).toMatchObject({
        retry_on_failure: { max_elapsed_time: '0s' },
        sending_queue: { block_on_overflow: true },
      });
    }
  });
});

const read = (path: string) => readFileSync(path, 'utf8');

describe('a custom backend', () => {
  it('has an existing file with a valid configuration', () => {
    const values = { ...environment('collector'), COLLECTOR_BACKEND: 'elsewhere' };
    const collector = new ComposeProject(at('compose.yaml'), values).services.find(
      ({ name }) => name === 'collector',
    )!;
    expect(collector.command).toContain('--config=/etc/span-links/backends/elsewhere.yaml');
    const config = merged(
      yaml('collector/collector.yaml'),
      yaml('collector/backends/explorer.yaml'),
      yaml('collector/backends/elsewhere.yaml'),
    );
    expect(problemsOf(config)).toEqual([]);
  });

  it('has the variables of each file in the environment of the Collector', () => {
    const { environment: set = {} } = backends.find(({ name }) => name === 'collector')!;
    const asked = readdirSync(at('collector/backends')).flatMap((name) =>
      [...read(at(`collector/backends/${name}`)).matchAll(/\$\{env:(\w+)\}/g)].map(
        ([, variable]) => variable!,
      ),
    );
    expect(Object.keys(set)).toEqual(expect.arrayContaining(asked));
  });
});

describe('Jaeger', () => {
  it('has a valid configuration', () => {
    const config = yaml<CollectorConfig>('jaeger/jaeger.yaml');
    expect(problemsOf(config)).toEqual([]);
    expect(config.exporters!['jaeger_storage_exporter']).toEqual({ trace_storage: 'memory' });
    expect(config.extensions!['jaeger_query']).toMatchObject({ storage: { traces: 'memory' } });
    expect(Object.keys((config.extensions!['jaeger_storage'] as { backends: object }).backends)).toEqual([
      'memory',
    ]);
  });
});

describe('Kafka', () => {
  const running = project('kafka').running('kafka');
  const kafka = running.find(({ name }) => name === 'kafka')!;
  const settings = kafka.environment!;
  const listeners = (variable: string) =>
    Object.fromEntries(
      settings[variable]!.split(',').map((listener) => {
        const [, name = '', host = '', port] = /^(\w+):\/\/([\w.]+):(\d+)$/.exec(listener) ?? [];
        return [name, { host, port: Number(port) }];
      }),
    );

  it('is the broker of its env file, and the apps use it', () => {
    expect(environment('kafka')['COMPOSE_PROFILES']).toBe('kafka');
    for (const name of ['orders-api', 'orders-fulfilment']) {
      const app = running.find((service) => service.name === name)!;
      expect(app.environment).toMatchObject({ MESSAGING_TRANSPORT: 'kafka' });
    }
    const { host, port } = listeners('KAFKA_ADVERTISED_LISTENERS')['PLAINTEXT']!;
    const fulfilment = running.find(({ name }) => name === 'orders-fulfilment')!;
    expect(fulfilment.environment).toMatchObject({ KAFKA_BROKERS: `${host}:${port}` });
    expect(host).toBe(kafka.name);
  });

  it('listens at its advertised addresses, for the project and for this machine', () => {
    const inside = listeners('KAFKA_LISTENERS');
    const told = listeners('KAFKA_ADVERTISED_LISTENERS');
    expect(inside['PLAINTEXT']?.port).toBe(told['PLAINTEXT']?.port);
    expect(publishedBy(kafka)).toEqual([
      { address: told['HOST']?.host, published: told['HOST']?.port, target: inside['HOST']?.port },
    ]);
    expect(settings['KAFKA_CONTROLLER_QUORUM_VOTERS']).toBe(
      `${settings['KAFKA_NODE_ID']}@${inside['CONTROLLER']?.host}:${inside['CONTROLLER']?.port}`,
    );
    const protocols = settings['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP']!.split(',');
    expect(protocols.map((entry) => entry.split(':')[0]).sort()).toEqual(Object.keys(inside).sort());
    expect(kafka.healthcheck?.test.join(' ')).toContain(`/${inside['PLAINTEXT']?.port}`);
  });

  it('keeps its messages on its volume', () => {
    expect(mountsOf(kafka).map(({ target }) => target)).toEqual([settings['KAFKA_LOG_DIRS']]);
  });

  it('has the same image as the Kubernetes component', () => {
    const overlay = source('infra/kubernetes/overlays/local-kafka/kustomization.yaml');
    expect(`apache/kafka:${/newTag: (\S+)/.exec(overlay)?.[1]}`).toBe(kafka.image);
  });
});

describe('SigNoz', () => {
  it('has a collector with a valid configuration', () => {
    expect(problemsOf(yaml('signoz/collector.yaml'))).toEqual([]);
  });

  it('has one server in the cluster of its tables', () => {
    interface Server {
      zookeeper: { node: { host: string; port: number }[] };
      remote_servers: Record<string, { shard: { replica: { host: string; port: number }[] }[] }>;
      tcp_port: number;
    }
    interface Keeper {
      keeper_server: { tcp_port: number; raft_configuration: { server: { hostname: string }[] } };
    }
    const server = yaml<Server>('signoz/clickhouse/server.yaml');
    const { keeper_server: keeper } = yaml<Keeper>('signoz/clickhouse/keeper.yaml');
    expect(server.remote_servers).toEqual({
      cluster: { shard: [{ replica: [{ host: 'signoz-clickhouse', port: server.tcp_port }] }] },
    });
    expect(server.zookeeper.node).toEqual([{ host: 'signoz-keeper', port: keeper.tcp_port }]);
    expect(keeper.raft_configuration.server.map(({ hostname }) => hostname)).toEqual(['signoz-keeper']);
  });
});

describe('Tempo', () => {
  it('keeps traces on its volume, for the same time in both settings', () => {
    interface Tempo {
      storage: { trace: { wal: { path: string }; local: { path: string } } };
      backend_scheduler: { provider: { compaction: { compaction: { block_retention: string } } } };
      backend_worker: { compaction: { block_retention: string } };
    }
    const tempo = yaml<Tempo>('grafana/tempo.yaml');
    const kept = mountsOf(backends.find(({ name }) => name === 'tempo')!).find(({ mode }) => mode !== 'ro')!;
    expect(tempo.storage.trace.wal.path).toMatch(new RegExp(`^${kept.target}/`));
    expect(tempo.storage.trace.local.path).toMatch(new RegExp(`^${kept.target}/`));
    expect(tempo.backend_scheduler.provider.compaction).toEqual(tempo.backend_worker);
  });
});

describe('Grafana', () => {
  interface Target {
    readonly datasource: { readonly type: string; readonly uid: string };
    readonly query: string;
  }
  interface Panel {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly Target[];
  }
  interface Dashboard {
    readonly uid: string;
    readonly templating: { readonly list: { readonly name: string }[] };
    readonly panels: readonly Panel[];
  }
  const text = read(at('grafana/dashboards/span-links.json'));
  const dashboard = JSON.parse(text) as Dashboard;
  const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);
  const { datasources } = yaml<{ datasources: { uid: string; type: string; isDefault?: boolean }[] }>(
    'grafana/provisioning/datasources/traces.yaml',
  );
  const grafana = backends.find(({ name }) => name === 'grafana')!;
  const variables = dashboard.templating.list.map(({ name }) => name);

  it('has the data sources that the dashboard and links into traces use', () => {
    const known = datasources.map(({ uid, type }) => ({ type, uid }));
    expect(targets.length).toBeGreaterThan(0);
    for (const { datasource } of targets) expect(known).toContainEqual(datasource);
    expect(source('apps/orders-api/src/trace-url.ts')).toContain("{ type: 'tempo', uid: 'tempo' }");
    expect(known).toContainEqual({ type: 'tempo', uid: 'tempo' });
    expect(datasources.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    expect(new Set(known.map(({ uid }) => uid)).size).toBe(known.length);
  });

  it('finds its dashboard, and opens on it', () => {
    const { providers } = yaml<{ providers: { options: { path: string } }[] }>(
      'grafana/provisioning/dashboards/span-links.yaml',
    );
    const mounted = mountsOf(grafana).find(({ target }) => target === providers[0]!.options.path)!;
    const home = grafana.environment!['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH']!;
    expect(existsSync(home.replace(mounted.target, mounted.source))).toBe(true);
  });

  it('gives access to nobody who could change anything', () => {
    expect(grafana.environment).toMatchObject({
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_AUTH_BASIC_ENABLED: 'false',
      GF_AUTH_DISABLE_LOGIN_FORM: 'true',
    });
  });

  it.each(targets.map(({ query }) => [query]))('asks Tempo what it understands: %s', (query) => {
    const filled = query.replace(/\$(\w+)/g, (_, name: string) => {
      expect(variables).toContain(name);
      return '0af7651916cd43dd';
    });
    if (query.startsWith('{')) expect(traceqlProblems(filled)).toEqual([]);
    else expect(filled).toMatch(/^[0-9a-f]+$/);
  });

  it('queries links in both directions', () => {
    const queries = targets.map(({ query }) => query).join('\n');
    expect(queries).toContain('{ link:traceID = "$traceId" }');
    expect(queries).toContain('link:spanID = "$spanId"');
    expect(queries).toContain('{ trace:id = "$traceId" && link."spanlinks.relation" != nil }');
    expect(queries).toContain('{ span:id = "$spanId" }');
  });

  it('queries names that the apps use', () => {
    const said = [
      ['libs/tracing/src/attributes.ts', "'spanlinks.relation'"],
      ['libs/tracing/src/attributes.ts', "'batch.size'"],
      ['apps/orders-api/src/order-intake.ts', "'receive-order'"],
      ['apps/orders-api/src/order-intake.ts', "'order.id'"],
      ['apps/orders-api/src/instrumentation.ts', "serviceName: 'orders-api'"],
      ['apps/orders-batch/src/instrumentation.ts', "serviceName: 'orders-batch'"],
    ] as const;
    for (const [path, words] of said) expect(source(path)).toContain(words);
  });

  it('links from each table back to itself, with the clicked trace and span', () => {
    const links = [...text.matchAll(/"url": "([^"]+)"/g)].map(([, url]) => url!);
    expect(links).toHaveLength(dashboard.panels.filter(({ type }) => type === 'table').length);
    for (const link of links) {
      expect(link.startsWith(`/d/${dashboard.uid}/`)).toBe(true);
      const set = [...link.matchAll(/var-(\w+)=/g)].map(([, name]) => name!);
      expect(variables).toEqual(expect.arrayContaining(set));
      expect(set).toEqual(['traceId', 'spanId']);
    }
  });

  it('has panels that do not overlap', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describe('an env file', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.env'));
  const used = new Set([...plain.text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name!));
  // Compose itself reads COMPOSE_PROFILES. The compose files use the others.
  const known = new Set(['COMPOSE_PROFILES', ...used]);

  it.each(files)('%s sets only variables that something uses', (name) => {
    const names = envFileLines(at(name)).map(([variable]) => variable);
    expect(names.filter((variable) => !known.has(variable))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(files)('%s holds no secret', (name) => {
    for (const [variable, text] of envFileLines(at(name))) {
      if (!/KEY|TOKEN|HEADERS|PASSWORD|SECRET|AUTHORIZATION/.test(variable)) continue;
      expect([variable, text.replace(/\$\{[^}]*\}/g, '')]).toEqual([variable, 'signoz-ingestion-key=']);
    }
  });
});

describe('SigNoz Cloud', () => {
  const path = at('signoz-cloud.env');

  it('gets the traces directly from the apps, with the key from the shell', () => {
    expect(readEnvFile(path, CLOUD)).toEqual({
      COMPOSE_PROFILES: '',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://ingest.eu.signoz.cloud:443',
      OTEL_EXPORTER_OTLP_HEADERS: 'signoz-ingestion-key=a-key',
      TRACE_URL_TEMPLATE: 'signoz',
      TRACE_URL_BASE: 'https://your-team.eu.signoz.cloud',
    });
    expect(readEnvFile(path, { ...CLOUD, SIGNOZ_URL: 'https://x.example' })).toMatchObject({
      TRACE_URL_BASE: 'https://x.example',
    });
  });

  it.each(Object.keys(CLOUD))('says so when %s is missing', (name) => {
    expect(() => readEnvFile(path, { ...CLOUD, [name]: '' })).toThrow(`${name}: set ${name} to`);
  });
});

describe('the checks themselves', () => {
  it('find a component that is missing, unused or misspelt', () => {
    const config = merged(yaml('collector/collector.yaml'), yaml('collector/backends/explorer.yaml'), {
      exporters: { 'otlp_http/explorer': { sending_queue: { block_on_overlow: true } }, nowhere: {} },
      service: { pipelines: { traces: { receivers: ['oltp'], processors: ['memory_limitr'] } } },
    });
    expect(problemsOf(config)).toEqual([
      'the pipeline traces has no beginning or no end',
      'receivers: oltp is not declared',
      'processors: memory_limitr is not declared',
      'exporters: nowhere is not used',
      'exporters: otlp_http/explorer has no setting sending_queue.block_on_overlow',
      'exporters: nowhere is of no known type',
    ]);
  });

  it.each([
    '{ link:traceId = "a" }',
    '{ link:name = "a" }',
    '{ links:traceID = "a" }',
    '{ link:traceID = "a"',
    '{ link:traceID == "a" }',
    '{ name = "a" } | selekt(name)',
  ])('refuse %s', (query) => {
    expect(traceqlProblems(query)).not.toEqual([]);
  });

  it('fill in variables like Compose', () => {
    const variables = { SET: 'x', EMPTY: '' };
    expect(interpolate('${SET}${SET:-d}${SET:+y}', variables)).toBe('xxy');
    expect(interpolate('[${EMPTY}${EMPTY:-d}${EMPTY-d}${EMPTY:+y}]', variables)).toBe('[d]');
    expect(interpolate('${NOT:-a${NOT-${SET}}b}', variables)).toBe('axb');
    expect(() => interpolate('${NOT:?why}', variables)).toThrow('NOT: why');
  });
});

/** If Compose is installed, it also checks the files. It needs no engine for this. */
const compose = [['docker', 'compose'], ['docker-compose']].find(([command, ...rest]) => {
  try {
    return / v?2\.| v?[3-9]\./.test(
      execFileSync(command!, [...rest, 'version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch {
    return false;
  }
});

describe.skipIf(compose === undefined)('docker compose', () => {
  const services = (file: string | undefined) => {
    const [command = '', ...rest] = compose ?? [];
    const options = file === undefined ? [] : ['--env-file', file];
    return execFileSync(command, [...rest, ...options, 'config', '--services'], {
      cwd: FOLDER,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...CLOUD },
    })
      .trim()
      .split('\n')
      .sort();
  };

  it.each([...PROFILES, ...BROKERS])('accepts %s, and runs the right services', (profile) => {
    const meant = project(profile).running(profile);
    expect(services(`${profile}.env`)).toEqual(meant.map(({ name }) => name).sort());
  });

  it.each([undefined, 'signoz-cloud.env'])('runs no backend with %s', (file) => {
    expect(services(file)).toEqual(
      plain
        .running()
        .map(({ name }) => name)
        .sort(),
    );
  });
});
