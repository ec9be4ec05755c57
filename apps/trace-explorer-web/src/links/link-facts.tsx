import { attributeText, type LinkDirection, type ResolvedLink } from '@span-links/explorer-api';
import styles from './link-facts.module.css';
import { linkMarks } from './link-marks.ts';
import { RELATION_KEY, relationOf, relationWords } from './relation.ts';

// More would hardly be visible, and the details have them all.
const CHIPS = 6;

interface LinkFactsProps {
  readonly link: ResolvedLink;
  readonly direction: LinkDirection;
  readonly places: ReadonlyMap<string, number>;
}

/** The unusual facts of the link, its relation and its attributes, as far as they fit. */
export function LinkFacts({ link, direction, places }: LinkFactsProps) {
  const relation = relationWords(relationOf(link.attributes), direction);
  const attributes = link.attributes.filter(({ key }) => key !== RELATION_KEY);
  return (
    <div role="gridcell" className={styles.facts}>
      {linkMarks(link, direction, places).map(({ text, title }) => (
        <span key={text} className={styles.mark} title={title}>
          {text}
        </span>
      ))}
      {relation !== '' && <span className={styles.relation}>{relation}</span>}
      {attributes.slice(0, CHIPS).map((attribute, index) => {
        const value = attributeText(attribute);
        return (
          <span key={index} className={styles.chip} title={`${attribute.key} = ${value}`}>
            <span className={styles.key}>{attribute.key}=</span>
            {value}
          </span>
        );
      })}
    </div>
  );
}
