// The Monitoring module.
