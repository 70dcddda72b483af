//! Ports of servers that do not speak HTTP, and what to scrape in their place.

/// A port that is not scraped, with what listens on it and the next step.
pub const FOREIGN_PORTS: &[(u16, &str, &str)] = &[
    (22, "SSH", "probe it with `exporters.blackbox.tcp`"),
    (25, "SMTP", "probe it with `exporters.blackbox.tcp`"),
    (3306, "MySQL", "scrape mysqld_exporter, which listens on port 9104"),
    (5432, "PostgreSQL", "set `exporters.postgres`"),
    (5672, "AMQP", "scrape the Prometheus plugin of RabbitMQ, which listens on port 15692"),
    (6379, "Redis", "set `exporters.redis`"),
    (11211, "Memcached", "scrape memcached_exporter, which listens on port 9150"),
    (27017, "MongoDB", "scrape mongodb_exporter, which listens on port 9216"),
];
