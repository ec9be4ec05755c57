import { useQuery } from '@tanstack/react-query';
import type { JourneySearch } from '../api/journey-queries.ts';
import { mapQuery } from '../api/map-queries.ts';
import type { CrossedLink, JourneysSearch } from '../app/address.ts';
import { formatDuration } from '../time/duration.ts';
import { formatInstantShortly } from '../time/instant.ts';
import styles from './journeys-page.module.css';

/** The part of a request that selects journeys by a link of the map. */
export function apiCrossedLink({ link, linkFrom, linkTo, waitFrom, waitTo }: CrossedLink): JourneySearch {
  if (link === undefined) return {};
  return {
    link,
    ...(linkFrom !== undefined && { linkFrom: `${linkFrom}000000` }),
    ...(linkTo !== undefined && { linkTo: `${linkTo}999999` }),
    ...(waitFrom !== undefined && { waitFrom }),
    ...(waitTo !== undefined && { waitTo }),
  };
}

/** Names the link of the map that the journeys crossed, and can remove it. */
export function CrossedLinkChip({
  search,
  onSearch,
}: {
  readonly search: JourneysSearch;
  readonly onSearch: (search: JourneysSearch) => void;
}) {
  if (search.link === undefined) return null;
  const { link, linkFrom, linkTo, waitFrom, waitTo, ...rest } = search;
  return (
    <p className={styles.crossed}>
      <span>
        Over <LinkName link={link} />
        {waitFrom !== undefined && waitTo !== undefined && (
          <>
            , waited {formatDuration(waitFrom)} to {formatDuration(waitTo)}
          </>
        )}
        {linkFrom !== undefined && linkTo !== undefined && (
          <>
            , picked up {formatInstantShortly(`${linkFrom}000000`)} to{' '}
            {formatInstantShortly(`${linkTo}000000`)}
          </>
        )}
      </span>
      <button type="button" className={styles.more} onClick={() => onSearch(rest)}>
        Show all
      </button>
    </p>
  );
}

function LinkName({ link }: { readonly link: number }) {
  const { data } = useQuery({ ...mapQuery({ last: '7d' }), refetchInterval: false });
  const found = data?.links.find(({ id }) => id === link);
  const nameOf = (node: number) => data?.nodes.find(({ id }) => id === node)?.operation ?? '';
  if (!found) return 'a link of the map';
  return (
    <>
      <strong>{nameOf(found.from)}</strong> ⇢ <strong>{nameOf(found.to)}</strong>
    </>
  );
}
