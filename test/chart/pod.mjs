// pod.mjs: the chart as podman can play it: the Deployment's and the StatefulSet's pods as they are rendered, with their
// Secrets and ConfigMaps; volumes become podman's. Prints YAML. Arguments: RELEASE IMAGE POSTGRESQL-IMAGE PORT.
import { template, toYaml, helms } from './lib/tools.mjs';

const [release, image, postgresql, port] = process.argv.slice(2);
const { status, stderr, objects } = await template(Object.keys(helms)[0], {
  release,
  values: { sessionBackend: { workers: 4 }, postgresql: { auth: { password: 'pod-test' } } },
});
if (status !== 0) throw new Error(stderr);

const find = (kind) => objects.filter((object) => object.kind === kind);
const out = find('ConfigMap');
const secrets = new Map(find('Secret').map((object) => [object.metadata.name, object.data]));
/** podman 4.3 reads Secrets in a form of its own: their values stand in the environment instead. */
const plain = ({ name, value, valueFrom }) => {
  const ref = valueFrom?.secretKeyRef;
  return { name, value: ref ? Buffer.from(secrets.get(ref.name)[ref.key], 'base64').toString() : value };
};
for (const owner of [...find('StatefulSet'), ...find('Deployment')]) {
  const { metadata, spec } = owner.spec.template;
  const { topologySpreadConstraints, serviceAccountName, automountServiceAccountToken, enableServiceLinks, ...rest } = spec;
  for (const container of [...(rest.initContainers ?? []), ...rest.containers]) {
    container.image = container.name === 'postgresql' ? postgresql : image;
    container.env = container.env.map(plain);
    container.ports = container.ports?.filter((one) => one.name === 'http').map((one) => ({ ...one, hostPort: Number(port) }));
    // Its health checks need systemd: the test asks by itself what the probes ask.
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) delete container[probe];
    // podman's own limits of CPU and memory need a cgroup that it may write.
    delete container.resources;
  }
  // podman 4.3 knows no emptyDir with a medium or a limit.
  rest.volumes = rest.volumes.map((volume) => (volume.emptyDir ? { name: volume.name, emptyDir: {} } : volume));
  out.push({ apiVersion: 'v1', kind: 'Pod', metadata: { name: owner.metadata.name, labels: metadata.labels,
    annotations: { 'io.podman.annotations.init.container.type': 'always' } }, spec: rest });
}
console.log(out.map((object) => toYaml(object)).join('---\n'));
