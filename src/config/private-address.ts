/** Whether an address can only mean this machine or its own network: there a key may travel without TLS. */
import { BlockList, isIP } from 'node:net';

const privateNetworks = new BlockList();
for (const [network, prefix] of [['127.0.0.0', 8], ['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['169.254.0.0', 16]] as const) privateNetworks.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [['::1', 128], ['fc00::', 7], ['fe80::', 10]] as const) privateNetworks.addSubnet(network, prefix, 'ipv6');

/** Names that no public name server may answer for (RFC 6761, RFC 6762, RFC 8375 and ICANN's .internal). */
const privateEndings = ['.localhost', '.local', '.internal', '.home.arpa'];

/** `hostname` as a URL has it, IPv6 in brackets. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const family = isIP(host);
  if (family !== 0) return privateNetworks.check(host, family === 4 ? 'ipv4' : 'ipv6');
  // A name without a dot is a machine of this network: `ollama` beside us in a composition of containers.
  return !host.includes('.') || privateEndings.some((ending) => host.endsWith(ending));
}
