//! How what moves is written as JSON: bytes, lengths of time, and the fields of messages.

/// Bytes: a string where they are UTF-8, otherwise an object with a `base64` (RFC 4648, 4).
pub mod bytes {
    use std::borrow::Cow;

    use ::bytes::Bytes;
    use data_encoding::BASE64;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Form<'a> {
        Text(Cow<'a, str>),
        Binary { base64: String },
    }

    /// Writes them.
    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => Form::Binary { base64: BASE64.encode(bytes) }.serialize(serializer),
        }
    }

    /// Reads them.
    pub fn deserialize<'d, T: From<Vec<u8>>, D: Deserializer<'d>>(deserializer: D) -> Result<T, D::Error> {
        let bytes = match Form::deserialize(deserializer)? {
            Form::Text(text) => text.into_owned().into_bytes(),
            Form::Binary { base64 } => BASE64.decode(base64.as_bytes()).map_err(D::Error::custom)?,
        };
        Ok(bytes.into())
    }

    /// Bytes as a value of their own.
    #[derive(Serialize, Deserialize)]
    pub struct Text(
        /// The bytes.
        #[serde(with = "self")]
        pub Bytes,
    );
}

/// Lengths of time, as whole microseconds.
pub mod microseconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes them.
    pub fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }

    /// Reads them.
    pub fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_micros)
    }
}

/// The fields of a message: names with bytes.
pub mod fields {
    use ::bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::bytes::Text;

    /// Writes them.
    pub fn serialize<S: Serializer>(fields: &[(String, Bytes)], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(fields.iter().map(|(name, value)| (name, Text(value.clone()))))
    }

    /// Reads them.
    pub fn deserialize<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Vec<(String, Bytes)>, D::Error> {
        let fields = Vec::<(String, Text)>::deserialize(deserializer)?;
        Ok(fields.into_iter().map(|(name, Text(value))| (name, value)).collect())
    }
}
