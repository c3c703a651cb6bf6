"""The same run inside Apache Spark. Only these modules, and the command, know Spark."""
