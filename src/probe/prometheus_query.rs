//! Results of instant queries, and what they prove: a panel or rule needs samples, and finite ones.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One instant query's result.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    /// The samples.
    pub value: QueryValue,
    /// What makes the result doubtful.
    pub warnings: Vec<String>,
    /// What may be a mistake in the query (Prometheus 3).
    pub infos: Vec<String>,
}

/// The two shapes of an instant query that stackctl uses.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryValue {
    /// Any number of samples.
    Vector(Vec<QuerySample>),
    /// One number without labels.
    Scalar(f64),
}

/// One sample of a vector.
#[derive(Debug, Clone, PartialEq)]
pub struct QuerySample {
    /// Labels, `__name__` included.
    pub labels: BTreeMap<String, String>,
    /// The number; none for a native histogram.
    pub value: Option<f64>,
}

/// Whether a result is worth showing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Substance {
    /// At least one finite number or histogram.
    Finite,
    /// Samples, and every one of them NaN or infinite.
    NonFinite,
    /// No samples.
    Empty,
}

impl QueryValue {
    /// Whether the result holds anything that can be shown.
    pub fn substance(&self) -> Substance {
        let numbers: Vec<Option<f64>> = match self {
            Self::Scalar(value) => vec![Some(*value)],
            Self::Vector(samples) => samples.iter().map(|sample| sample.value).collect(),
        };
        if numbers.is_empty() {
            Substance::Empty
        } else if numbers.iter().any(|number| number.is_none_or(f64::is_finite)) {
            Substance::Finite
        } else {
            Substance::NonFinite
        }
    }

    /// The single number: a scalar, or the only sample of a vector.
    pub fn single(&self) -> Option<f64> {
        match self {
            Self::Scalar(value) => Some(*value),
            Self::Vector(samples) => match samples.as_slice() {
                [only] => only.value,
                _ => None,
            },
        }
    }
}

/// `data` as Prometheus sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QueryData {
    result_type: String,
    result: serde_json::Value,
}

#[derive(Deserialize)]
struct RawSample {
    metric: BTreeMap<String, String>,
    value: Option<(f64, String)>,
}

impl QueryData {
    /// The typed value, or what is wrong with it in words.
    pub fn value(self) -> Result<QueryValue, String> {
        match self.result_type.as_str() {
            "scalar" => {
                let (_, text): (f64, String) = read(self.result)?;
                Ok(QueryValue::Scalar(number(&text)?))
            }
            "vector" => {
                let samples: Vec<RawSample> = read(self.result)?;
                samples.into_iter().map(sample).collect::<Result<_, _>>().map(QueryValue::Vector)
            }
            other => Err(format!("its type is `{other}`, which is neither a vector nor a scalar")),
        }
    }
}

fn sample(raw: RawSample) -> Result<QuerySample, String> {
    let value = raw.value.map(|(_, text)| number(&text)).transpose()?;
    Ok(QuerySample { labels: raw.metric, value })
}

fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// Numbers come as text, because JSON has no `NaN` and `+Inf`.
fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}
