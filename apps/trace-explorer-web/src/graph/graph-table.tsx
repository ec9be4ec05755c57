import { Link } from '@tanstack/react-router';
import { UNRESOLVED } from '../links/unresolved.ts';
import frame from '../picture/picture-frame.module.css';
import { edgeKey } from './dagre-input.ts';
import { relationList } from './edge-label.ts';
import { nodeText } from './node-text.ts';
import type { ShownGraph, ShownNode } from './shown-graph.ts';

/** The graph in words, for readers who cannot see the picture or need more detail. */
export function GraphTable({ graph }: { graph: ShownGraph }) {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  return (
    <div className={frame.tables}>
      <table className={frame.table}>
        <caption>{graph.nodes.length} boxes, in time order</caption>
        <thead>
          <tr>
            <th scope="col">Trace</th>
            <th scope="col">Service</th>
            <th scope="col">Facts</th>
            <th scope="col">Errors</th>
          </tr>
        </thead>
        <tbody>
          {graph.nodes.map((node) => (
            <tr key={node.id}>
              <td>
                <NodeName node={node} isFocus={node.id === graph.focus} />
              </td>
              <td>{nodeText(node).subtitle}</td>
              <td>{node.kind === 'unresolved' ? UNRESOLVED[node.reason].sentence : nodeText(node).facts}</td>
              <td>{nodeText(node).errors || 'none'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table className={frame.table}>
        <caption>{graph.edges.length} edges</caption>
        <thead>
          <tr>
            <th scope="col">Bears the links</th>
            <th scope="col">Their target</th>
            <th scope="col">Links</th>
            <th scope="col">Relation</th>
          </tr>
        </thead>
        <tbody>
          {graph.edges.map((edge) => (
            <tr key={edgeKey(edge)}>
              <td>{titleOf(nodes.get(edge.from))}</td>
              <td>{titleOf(nodes.get(edge.to))}</td>
              <td>{edge.linkCount?.toLocaleString('en') ?? 'not counted'}</td>
              <td>{relationList(edge)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NodeName({ node, isFocus }: { node: ShownNode; isFocus: boolean }) {
  const title = `${nodeText(node).title}${isFocus ? ' (this trace)' : ''}`;
  if (node.kind !== 'trace') return title;
  return (
    <Link to="/trace/$traceId" params={{ traceId: node.traceId }} search={{ spanId: node.root.spanId }}>
      {title}
    </Link>
  );
}

function titleOf(node: ShownNode | undefined): string {
  return node ? nodeText(node).title : '';
}
