import { Link } from '@tanstack/react-router';
import frame from '../picture/picture-frame.module.css';
import { formatDuration } from '../time/duration.ts';
import { nodeQuery, rate, share, type ShownMap } from './map-graph.ts';

/** The map in words. */
export function MapTable({ shown }: { readonly shown: ShownMap }) {
  return (
    <div className={frame.tables}>
      <Operations shown={shown} />
      <Links shown={shown} />
    </div>
  );
}

function Operations({ shown }: { readonly shown: ShownMap }) {
  return (
    <table className={frame.table}>
      <caption>{shown.nodes.length} operations</caption>
      <thead>
        <tr>
          {['Operation', 'Service', 'Rate', 'Failed', 'p50', 'p95', 'Most', 'Links each', 'Waiting'].map(
            (head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {shown.nodes.map((node) => (
          <tr key={node.id}>
            <td>
              <Link to="/" search={{ q: nodeQuery(node) }}>
                {node.operation || '(no name)'}
              </Link>
            </td>
            <td>{node.service}</td>
            <td>{rate(node.count, shown.minutes)}</td>
            <td>{share(node.errors, node.count)}</td>
            <td>{formatDuration(node.p50Ns)}</td>
            <td>{formatDuration(node.p95Ns)}</td>
            <td>{formatDuration(node.maxNs)}</td>
            <td>{node.fanIn === null ? '–' : `${node.fanIn.p50}, ${node.fanIn.max} at most`}</td>
            <td>{shown.waitingAt.get(node.id)?.count.toLocaleString('en') ?? '–'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Links({ shown }: { readonly shown: ShownMap }) {
  const names = new Map(shown.nodes.map(({ id, operation }) => [id, operation]));
  const links = [...shown.lines.flatMap(({ link }) => link ?? []), ...shown.ownLinks.values()];
  return (
    <table className={frame.table}>
      <caption>{links.length} kinds of links</caption>
      <thead>
        <tr>
          {['From', 'To', 'Relation', 'Rate', 'Failed', 'Wait p50', 'p95', 'Most'].map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {links.map((link) => (
          <tr key={link.id}>
            <td>{names.get(link.from)}</td>
            <td>
              <Link to="/" search={{ link: link.id }}>
                {names.get(link.to)}
              </Link>
            </td>
            <td>{link.relation}</td>
            <td>{rate(link.count, shown.minutes)}</td>
            <td>{share(link.errors, link.count)}</td>
            <td>{formatDuration(link.p50Ns)}</td>
            <td>{formatDuration(link.p95Ns)}</td>
            <td>{formatDuration(link.maxNs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
