# From what the daemon says about stackctl's containers to the bodies of the calls that make the same stack. Input: the
# inspected containers, already renamed. One object: file name to content.

def component: .Config.Labels["io.stackctl.component"];
def volumes: [.[] | (.HostConfig.Mounts // [])[] | select(.Type == "volume") | .Source];
def owned: with_entries(select(.value != null));

def container:
  component as $component
  | {
      Image: .Config.Image, User: .Config.User, Entrypoint: .Config.Entrypoint, Cmd: .Config.Cmd,
      ExposedPorts: .Config.ExposedPorts, StopTimeout: .Config.StopTimeout,
      Hostname: (if .HostConfig.NetworkMode == "host" then null else .Config.Hostname end),
      HostConfig: (.HostConfig | {
        Mounts, NetworkMode, PortBindings, RestartPolicy, CapDrop, SecurityOpt, ReadonlyRootfs, ExtraHosts, Memory,
        MemorySwap, PidsLimit, LogConfig } | owned),
      NetworkingConfig: (if .HostConfig.NetworkMode == "host" then null
                         else {EndpointsConfig: {($name): {Aliases: [$component]}}} end)
    } | owned;

{
  "network.json": {Name: $name, Driver: "bridge", CheckDuplicate: true, IPAM: {Config: [{Subnet: $subnet, Gateway: $gateway}]}},
  "courier.json": {
    Image: .[0].Config.Image, Entrypoint: ["/never-started"],
    HostConfig: {NetworkMode: "none", Mounts: [volumes[] | {Type: "volume", Source: ., Target: "/v/\(.)", VolumeOptions: {NoCopy: true}}]}
  }
}
+ ([volumes[] | {key: "volume-\(.).json", value: {Name: .}}] | from_entries)
+ ([.[] | {key: "container-\(component).json", value: container}] | from_entries)
