# From what the daemon says about stackctl's containers to a compose file for the same stack: the same images, arguments,
# users, limits, hardening, ports and volumes. Input: the inspected containers. Arguments: $name, $subnet, $gateway, and
# $checks, a health check by component for `up --wait`.

# Compose replaces `$`.
def plain: gsub("\\$"; "$$");
def component: .Config.Labels["io.stackctl.component"];

# The files are mounted from a directory, as one does with compose; data goes to volumes that compose makes.
def volume($component):
  if .Target == "/etc/stackctl" then {type: "bind", source: "./config/\($component)", target: "/etc/stackctl/current", read_only: true}
  elif .Type == "volume" then {type: "volume", source: "\($component)-data", target: .Target}
  else {type: "bind", source: .Source, target: .Target, read_only: (.ReadOnly // false)}
  end;

def service:
  component as $component
  | .HostConfig as $host
  | {
      container_name: "\($name)-\($component)",
      image: .Config.Image,
      user: .Config.User,
      entrypoint: .Config.Entrypoint,
      command: [.Config.Cmd[] | plain],
      read_only: $host.ReadonlyRootfs,
      cap_drop: $host.CapDrop,
      security_opt: $host.SecurityOpt,
      mem_limit: $host.Memory,
      memswap_limit: $host.MemorySwap,
      pids_limit: $host.PidsLimit,
      restart: $host.RestartPolicy.Name,
      stop_grace_period: "\(.Config.StopTimeout)s",
      logging: {driver: $host.LogConfig.Type, options: $host.LogConfig.Config},
      volumes: [($host.Mounts // [])[] | volume($component)]
    }
  + (if $host.NetworkMode == "host" then {network_mode: "host"}
     else {
       hostname: .Config.Hostname,
       networks: {default: {aliases: [$component]}},
       extra_hosts: $host.ExtraHosts,
       ports: [($host.PortBindings // {}) | to_entries[] | (.key | split("/")) as $port | .value[]
               | {host_ip: .HostIp, published: .HostPort, target: ($port[0] | tonumber), protocol: $port[1]}]
     } end)
  + (if $checks[$component] then
       {healthcheck: {test: (["CMD"] + $checks[$component]), interval: "1s", timeout: "5s", retries: 60}}
     else {} end);

{
  name: $name,
  services: ([.[] | {key: component, value: service}] | from_entries),
  networks: {default: {name: $name, ipam: {config: [{subnet: $subnet, gateway: $gateway}]}}},
  volumes: ([.[] | component as $component | (.HostConfig.Mounts // [])[]
             | select(.Type == "volume" and .Target != "/etc/stackctl")
             | {key: "\($component)-data", value: {name: "\($name)-\($component)-data"}}] | from_entries)
}
