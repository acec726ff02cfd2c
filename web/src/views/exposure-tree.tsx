import type { Answers } from '../generated/answers.ts';
import { Evidence } from '../parts/evidence.tsx';
import { Cluster, ImageLink, Moment, Owner, ReleaseLink, To } from '../parts/link.tsx';
import { formatAge, groupBy } from '../text.ts';
import type { ExposedRelease } from './exposure.tsx';

interface TreeProps {
  readonly answer: Answers['exposure'];
  readonly releases: readonly ExposedRelease[];
}

/** From the advisory to releases, from each to its affected components and where they run. */
export function ExposureTree({ answer, releases }: TreeProps) {
  return (
    <div className="tree">
      <p className="root">{answer.advisories.join(', ') || answer.names[0]}</p>
      <ul>
        {releases.map((release) => (
          <li key={release.document}>
            <ReleaseNode release={release} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function ReleaseNode({ release }: { readonly release: ExposedRelease }) {
  const clusters = groupBy(release.deployments, ({ cluster, region }) => `${cluster} ${region}`);
  return (
    <article className="card">
      <h3>
        <ReleaseLink {...release} />
      </h3>
      <p className="facts">
        <Owner owner={release.owner} />
        <span className="quiet">
          released <Moment at={release.releasedAt} />
        </span>
        <Evidence rows={release.evidence} />
      </p>
      <ul>
        {release.components.map((component) => (
          <li key={`${component.purl} ${component.image}`}>
            <p>
              <To ask="releases" fields={{ component: component.purl }} className="mono">
                {component.purl}
              </To>{' '}
              {component.status === 'unknown' && (
                <span className="mark unsigned">version not compared</span>
              )}
            </p>
            <p className="facts">
              {component.fixed.length === 0 ? (
                <span className="missing">no fix known</span>
              ) : (
                <span className="fix">fixed in {component.fixed.slice(0, 3).join(', ')}</span>
              )}
              <span className="quiet">
                by {component.advisory}, in <ImageLink digest={component.image} />
              </span>
              <Evidence rows={component.evidence} />
            </p>
          </li>
        ))}
        {release.componentsMore && <li className="quiet">There are more components.</li>}
        {clusters.length === 0 && <li className="quiet">Not known to run.</li>}
        {clusters.map(([key, places]) => (
          <li key={key}>
            <p className="place">
              <Cluster cluster={places[0]?.cluster ?? ''} region={places[0]?.region ?? null} />
            </p>
            <ul>
              {places.map((place) => (
                <li
                  key={`${place.namespace} ${place.workload.kind} ${place.workload.name} ${place.workload.container} ${place.from}`}
                >
                  <span className="mono">
                    {place.namespace}/{place.workload.kind}/{place.workload.name}
                  </span>{' '}
                  <span className="quiet">
                    since <Moment at={place.from} /> ({formatAge(place.from, Date.now())})
                    {place.open ? '' : ', until '}
                    {place.open ? null : <Moment at={place.until} />}
                  </span>{' '}
                  <Evidence rows={place.evidence} />
                </li>
              ))}
            </ul>
          </li>
        ))}
        {release.deploymentsMore && <li className="quiet">It runs in more places.</li>}
      </ul>
    </article>
  );
}
