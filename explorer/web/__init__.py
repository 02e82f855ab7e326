"""What stands between the network and the app: headers, hosts, visitors, uploads. No Streamlit."""
