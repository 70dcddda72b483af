-- Rendered by stackctl. Gives every line its container, level and logger, and leaves the line as it was.

local OWN = "[[ stack ]]-collector"
-- A container can be given another name while it runs.
local KEEP_SECONDS = 10

local LEVELS = {
  trace = "debug", debug = "debug", info = "info", information = "info", notice = "info",
  warn = "warning", warning = "warning", error = "error", err = "error",
  critical = "critical", crit = "critical", fatal = "critical", panic = "critical",
  alert = "critical", emergency = "critical",
}

local names = {}
local read_at = {}

-- The name stands in a file of the engine beside the log: "Name":"/web".
local function container(file)
  local directory, id = file:match("^(.*/([^/]+))/[^/]+$")
  if not directory then return "unknown" end
  local now = os.time()
  if names[id] and now - read_at[id] < KEEP_SECONDS then return names[id] end
  if not names[id] then
    -- Containers that are gone are forgotten.
    for known, at in pairs(read_at) do
      if now - at > 600 then names[known], read_at[known] = nil, nil end
    end
  end
  local name
  local config = io.open(directory .. "/config.v2.json", "r")
  if config then
    name = config:read("*a"):match('"Name":"/([^"]+)"')
    config:close()
  end
  names[id] = name or names[id] or id:sub(1, 12)
  read_at[id] = now
  return names[id]
end

local function text_of(line, keys)
  for _, key in ipairs(keys) do
    local value = line:match('"' .. key .. '"%s*:%s*"([^"]*)"')
    if value then return value end
  end
end

local function level(line, is_json)
  local word
  if is_json then
    word = text_of(line, { "level", "levelname", "severity", "lvl" })
  else
    word = (" " .. line):match("%slevel=\"?(%a+)") or (" " .. line):match("%slvl=\"?(%a+)")
  end
  return word and LEVELS[word:lower()]
end

-- Few and short, or every line would open a stream of its own.
local function logger(line, is_json)
  local name = is_json and text_of(line, { "logger" })
  if name and #name <= 64 and name:match("^[A-Za-z0-9._:/-]+$") then return name end
end

function label(tag, timestamp, record)
  local line = tostring(record.log or ""):gsub("\r?\n$", "")
  local name = container(tostring(record.file or ""))
  if name == OWN then return -1, timestamp, record end
  local is_json = line:match("^%s*{") ~= nil
  return 2, timestamp, {
    log = line,
    container = name,
    stream = record.stream,
    level = level(line, is_json),
    logger = logger(line, is_json),
  }
end
