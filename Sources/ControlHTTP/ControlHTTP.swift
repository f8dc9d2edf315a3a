// The ControlHTTP module.
